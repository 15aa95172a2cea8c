"""App configuration."""

from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.recognition"
    label = "recognition"
    default_auto_field = "django.db.models.BigAutoField"
