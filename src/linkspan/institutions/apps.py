"""App configuration."""

from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.institutions"
    label = "institutions"
    default_auto_field = "django.db.models.BigAutoField"
