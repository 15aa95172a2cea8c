"""App configuration."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and template tags."""

    name = "linkspan.web"
    label = "linkspan_web"
