"""Notices of a course: what staff announce, and its discussion."""

from collections.abc import Mapping

from linkspan.messages.rules.values import Template, Topic


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


OF_COURSES: Mapping[str, Template] = {
    "announcement": Template(Topic.LEARNING, _("{title}: {part}"), _("{text}")),
    "enrolment_open": Template(
        Topic.LEARNING, _("Enrolment in {title} is open"), _("You asked to be told. You can enrol until {closes}.")
    ),
    "cohort_changed": Template(
        Topic.LEARNING,
        _("Your cohort in {title}: {cohort}"),
        _("Staff placed you there. What the course shows may change. Your answers stay."),
    ),
    "cohort_left": Template(
        Topic.LEARNING,
        _("You study {title} in no cohort now"),
        _("You see what is for everybody. Your answers stay."),
    ),
    "post_hidden": Template(
        Topic.DISCUSSION,
        _("Your post in {title} was hidden"),
        _("Course staff say: {reason} You still see it. Others do not."),
    ),
    "post_shown": Template(
        Topic.DISCUSSION, _("Your post in {title} is shown again"), _("Course staff looked at it once more.")
    ),
    "post_reported": Template(
        Topic.DESK, _("A post in {title} was reported"), _("Read it, then hide it or let it stand.")
    ),
    "discussion_digest": Template(
        Topic.DISCUSSION,
        _("News in threads that you follow"),
        _("New answers in {threads}. To get no such mail, change your choice in your account."),
    ),
}
