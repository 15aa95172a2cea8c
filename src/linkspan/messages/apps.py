"""App configuration."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.messages"
    label = "linkspan_messages"
    default_auto_field = "django.db.models.BigAutoField"
