"""Reactions to lower domains, and notices to holders and staff."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from linkspan.accounts.queries import people_with_role, schools_shown_to
from linkspan.credentials.actions import award_program, follow_correction, follow_name, issue_course_certificate
from linkspan.credentials.actions.controllers import watch_controllers
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell
from linkspan.records.rules import Kind

SYSTEM = system_actor("credentials")

log = structlog.get_logger(__name__)


def on_result_released(delivered: Delivered) -> None:
    """A passed exam may complete the program: then the credential is issued, or prepared for approval."""
    told = delivered.payload
    if told["outcome"] != "passed":
        return
    learner_id = UUID(told["learner_id"])
    try:
        award_program(actor=SYSTEM, learner_id=learner_id, program_key=told["program_key"], now=delivered.at)
    except Refused as incomplete:
        log.info("program not complete yet", learner=told["learner_id"], reasons=incomplete.reasons)


def on_fact_recorded(delivered: Delivered) -> None:
    """A frozen passing grade gives a certificate; a corrected one changes what rests on it."""
    told = delivered.payload
    if told["kind"] not in (Kind.COURSE_GRADE, Kind.EXAM_RESULT):
        return
    learner_id, key, now = UUID(told["learner_id"]), told["key"], delivered.at
    if told["corrected"]:
        follow_correction(actor=SYSTEM, learner_id=learner_id, kind=Kind(told["kind"]), key=key, now=now)
    if told["kind"] == Kind.COURSE_GRADE and key.startswith("course-v1:"):
        try:
            issue_course_certificate(actor=SYSTEM, learner_id=learner_id, run_id=key, now=now)
        except Refused as no:
            log.info("no certificate", learner=told["learner_id"], run=key, why=no.code)


def on_identity_checked(delivered: Delivered) -> None:
    """A new legal name stands in what is issued again."""
    told = delivered.payload
    if told["state"] == "accepted":
        follow_name(actor=SYSTEM, learner_id=UUID(told["learner_id"]), now=delivered.at)


def on_award_prepared(delivered: Delivered) -> None:
    """Tell registrars and program staff that an award waits."""
    told = delivered.payload
    _tell_staff(delivered, told["institution"], ("registrar", "program_staff"), "award_waits")


def on_issued(delivered: Delivered) -> None:
    """Tell the holder."""
    told = {**delivered.payload, "title": delivered.payload["program_title"]}
    kind = "credential_superseded" if told.get("supersedes") else "credential_issued"
    tell(replace(delivered, payload=told), kind, "/credentials/")


def on_revoked(delivered: Delivered) -> None:
    """Tell the holder, and admissions and the registrar of every school that was shown the record."""
    tell(delivered, "credential_revoked", "/credentials/")
    for school in schools_shown_to(UUID(delivered.payload["learner_id"])):
        _tell_staff(delivered, school, ("registrar", "admissions"), "credential_revoked_elsewhere")


def on_suspended(delivered: Delivered) -> None:
    """Tell the holder, and the staff who decide."""
    tell(delivered, "credential_suspended", "/credentials/")
    _tell_staff(delivered, delivered.payload["institution"], ("registrar", "program_staff"), "suspension_waits")


def on_reinstated(delivered: Delivered) -> None:
    """Tell the holder."""
    tell(delivered, "credential_reinstated", "/credentials/")


def on_controller_changed(delivered: Delivered) -> None:
    """Tell registrars and operators: whoever did not expect it looks at once."""
    _tell_of_keys(delivered, "controller_changed")


def on_controller_forged(delivered: Delivered) -> None:
    """Tell registrars and operators that somebody else may speak for the institution."""
    _tell_of_keys(delivered, "controller_forged")


def watch(now: datetime) -> None:
    """See whether what is served as our controller documents is what we keep."""
    watch_controllers(now)


def _tell_of_keys(delivered: Delivered, kind: str) -> None:
    code = delivered.payload["institution"]
    _tell_staff(delivered, code, ("registrar", "operator"), kind, f"/i/{code}/log/")
    _tell_staff(delivered, "", ("operator",), kind, f"/i/{code}/log/")


def _tell_staff(
    delivered: Delivered, institution: str, roles: tuple[str, ...], kind: str, link: str = "/desk/credentials/"
) -> None:
    told = {name: str(value) for name, value in delivered.payload.items()}
    staff = {person for role in roles for person in people_with_role(role, institution)}
    for person_id in sorted(staff):
        key = f"{kind}:{delivered.id}"
        notify(recipient_id=person_id, kind=kind, context=told, link=link, key=key, now=delivered.at)


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ExamResultReleased": on_result_released,
    "FactRecorded": on_fact_recorded,
    "IdentityChecked": on_identity_checked,
    "AwardPrepared": on_award_prepared,
    "CredentialIssued": on_issued,
    "CredentialRevoked": on_revoked,
    "CredentialSuspended": on_suspended,
    "CredentialReinstated": on_reinstated,
    "ControllerChanged": on_controller_changed,
    "ControllerForged": on_controller_forged,
}
TICKS = (watch,)
