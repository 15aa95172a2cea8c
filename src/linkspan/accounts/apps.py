"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their grants."""

    name = "linkspan.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
