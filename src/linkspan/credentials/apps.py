"""App configuration."""

from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.credentials"
    label = "credentials"
    default_auto_field = "django.db.models.BigAutoField"
