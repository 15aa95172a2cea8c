"""App configuration."""

from django.apps import AppConfig

from linkspan.kernel import things


class WebConfig(AppConfig):
    """Templates, static files and template tags."""

    name = "linkspan.web"
    label = "linkspan_web"

    def ready(self) -> None:
        """Say where the pages of things lie, and hear when somebody sets a second factor up or signs out."""
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_out

        from linkspan.web.adapter import second_factor_added
        from linkspan.web.addresses import address
        from linkspan.web.universities import signed_out_here

        things.show_by(address)
        authenticator_added.connect(second_factor_added)
        user_logged_out.connect(signed_out_here)
