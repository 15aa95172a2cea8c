"""App configuration."""

from django.apps import AppConfig


class ExamsConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.exams"
    label = "exams"
    default_auto_field = "django.db.models.BigAutoField"
