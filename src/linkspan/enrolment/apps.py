"""App configuration."""

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.enrolment"
    label = "enrolment"
    default_auto_field = "django.db.models.BigAutoField"
