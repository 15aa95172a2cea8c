"""App configuration."""

from django.apps import AppConfig


class PathwaysConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.pathways"
    label = "pathways"
    default_auto_field = "django.db.models.BigAutoField"
