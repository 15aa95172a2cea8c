"""App configuration."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """The kernel's tables."""

    name = "linkspan.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
