"""App configuration."""

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.outcomes"
    label = "outcomes"
    default_auto_field = "django.db.models.BigAutoField"
