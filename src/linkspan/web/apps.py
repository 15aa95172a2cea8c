"""App configuration."""

from django.apps import AppConfig

from linkspan.kernel import things


class WebConfig(AppConfig):
    """Templates, static files and template tags."""

    name = "linkspan.web"
    label = "linkspan_web"

    def ready(self) -> None:
        """Say where the pages of things lie."""
        from linkspan.web.addresses import address

        things.show_by(address)
