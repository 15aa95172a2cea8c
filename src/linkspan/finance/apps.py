"""App configuration."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.finance"
    label = "finance"
    default_auto_field = "django.db.models.BigAutoField"
