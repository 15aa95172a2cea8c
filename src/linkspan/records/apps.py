"""App configuration."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
