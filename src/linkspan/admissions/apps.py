"""App configuration."""

from django.apps import AppConfig


class AdmissionsConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.admissions"
    label = "admissions"
    default_auto_field = "django.db.models.BigAutoField"
