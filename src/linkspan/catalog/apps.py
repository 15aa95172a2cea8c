"""App configuration."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
