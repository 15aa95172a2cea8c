"""App configuration."""

from django.apps import AppConfig


class CoursewareConfig(AppConfig):
    """The tables of this domain."""

    name = "linkspan.courseware"
    label = "courseware"
    default_auto_field = "django.db.models.BigAutoField"
