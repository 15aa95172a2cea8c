"""Reactions to lower domains, and notices to holders and staff."""

from datetime import datetime

import structlog

from linkspan.accounts.events import AccountsMerged, IdentityChecked
from linkspan.accounts.queries import people_with_role, schools_shown_to
from linkspan.credentials.actions import (
    award_imported,
    bring_up_to_date,
    claim_award,
    claim_completed,
    claim_course_certificate,
    claim_joined,
    claim_programs,
    follow_correction,
    follow_name,
    sign_batch,
)
from linkspan.credentials.actions.controllers import watch_controllers
from linkspan.credentials.events import (
    AwardPrepared,
    ControllerChanged,
    ControllerForged,
    CredentialIssued,
    CredentialOutdated,
    CredentialReinstated,
    CredentialRevoked,
    CredentialsClaimed,
    CredentialSuspended,
)
from linkspan.credentials.rules import IssueKind
from linkspan.exams.events import ExamResultReleased
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.outbox import Delivered, Event, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell, told_by, wait_of
from linkspan.records.events import FactRecorded, GradesImported
from linkspan.records.rules import Kind

SYSTEM = system_actor("credentials")

log = structlog.get_logger(__name__)

DESK = About(Thing.CREDENTIAL_DESK)


def on_result_released(delivered: Delivered[ExamResultReleased]) -> None:
    """A passed exam may complete the program: then the credential is issued, or prepared for approval."""
    event = delivered.event
    if event.outcome != "passed":
        return
    try:
        claim_award(actor=SYSTEM, learner_id=event.learner_id, program_key=event.program_key, now=delivered.at)
    except Refused as incomplete:
        log.info("program not complete yet", learner=str(event.learner_id), reasons=incomplete.reasons)


def on_fact_recorded(delivered: Delivered[FactRecorded]) -> None:
    """A frozen passing grade gives a certificate, and what it completes; a correction changes what rests on it."""
    event = delivered.event
    if event.kind not in (Kind.COURSE_GRADE, Kind.EXAM_RESULT):
        return
    learner_id, key, now = event.learner_id, event.key, delivered.at
    if event.corrected:
        follow_correction(actor=SYSTEM, learner_id=learner_id, kind=Kind(event.kind), key=key, now=now)
    if event.kind == Kind.COURSE_GRADE and key.startswith("course-v1:"):
        try:
            claim_course_certificate(actor=SYSTEM, learner_id=learner_id, run_id=key, now=now)
        except Refused as no:
            log.info("no certificate", learner=str(learner_id), run=key, why=no.code)
    claim_completed(actor=SYSTEM, learner_id=learner_id, kind=Kind(event.kind), key=key, now=now)


def on_grades_imported(delivered: Delivered[GradesImported]) -> None:
    """Issue what an import completes."""
    award_imported(actor=SYSTEM, source=delivered.event.source, at=delivered.event.at, now=delivered.at)


def on_identity_checked(delivered: Delivered[IdentityChecked]) -> None:
    """A new legal name stands in what is issued again."""
    if delivered.event.state == "accepted":
        follow_name(actor=SYSTEM, learner_id=delivered.event.learner_id, now=delivered.at)


def on_accounts_merged(delivered: Delivered[AccountsMerged]) -> None:
    """What two accounts hold together may complete a program."""
    claim_joined(actor=SYSTEM, learner_id=delivered.event.learner_id, now=delivered.at)


def on_outdated(delivered: Delivered[CredentialOutdated]) -> None:
    """Bring one credential up to date; one that fails holds up no other."""
    event = delivered.event
    bring_up_to_date(
        actor=SYSTEM,
        credential_id=event.credential_id,
        reason=event.reason,
        corrected=event.corrected,
        now=delivered.at,
    )


def on_claimed(delivered: Delivered[CredentialsClaimed]) -> None:
    """Have signed what was decided on and nobody has signed yet."""
    sign_batch(delivered.event.batch, delivered.now)


def on_award_prepared(delivered: Delivered[AwardPrepared]) -> None:
    """Tell registrars and program staff that an award waits."""
    _tell_staff(delivered, delivered.event.institution, ("registrar", "program_staff"), "award_waits")


def on_issued(delivered: Delivered[CredentialIssued]) -> None:
    """Tell the holder, who knows of a degree already: its conferral was told."""
    if delivered.event.kind == IssueKind.DEGREE and not delivered.event.supersedes:
        return
    kind = "credential_superseded" if delivered.event.supersedes else "credential_issued"
    tell(delivered, kind, About(Thing.CREDENTIALS), title=delivered.event.program_title)


def on_program_held(delivered: Delivered[CredentialIssued]) -> None:
    """A program that is held may complete one that asks for it."""
    event = delivered.event
    if event.kind == IssueKind.PROGRAM:
        claim_programs(actor=SYSTEM, learner_id=event.learner_id, names=[event.program_key], now=delivered.at)


def on_revoked(delivered: Delivered[CredentialRevoked]) -> None:
    """Tell the holder, and admissions and the registrar of every school that was shown the record."""
    tell(delivered, "credential_revoked", About(Thing.CREDENTIALS))
    for school in schools_shown_to(delivered.event.learner_id):
        _tell_staff(delivered, school, ("registrar", "admissions"), "credential_revoked_elsewhere")


def on_suspended(delivered: Delivered[CredentialSuspended]) -> None:
    """Tell the holder, and the staff who decide."""
    tell(delivered, "credential_suspended", About(Thing.CREDENTIALS))
    _tell_staff(delivered, delivered.event.institution, ("registrar", "program_staff"), "suspension_waits")


def on_reinstated(delivered: Delivered[CredentialReinstated]) -> None:
    """Tell the holder."""
    tell(delivered, "credential_reinstated", About(Thing.CREDENTIALS))


def on_controller_changed(delivered: Delivered[ControllerChanged]) -> None:
    """Tell registrars and operators: whoever did not expect it looks at once."""
    _tell_of_keys(delivered, "controller_changed")


def on_controller_forged(delivered: Delivered[ControllerForged]) -> None:
    """Tell registrars and operators that somebody else may speak for the institution."""
    _tell_of_keys(delivered, "controller_forged")


def watch(now: datetime) -> None:
    """See whether what is served as our controller documents is what we keep."""
    watch_controllers(now)


def _tell_of_keys(delivered: Delivered[ControllerChanged | ControllerForged], kind: str) -> None:
    code = delivered.event.institution
    _tell_staff(delivered, code, ("registrar", "operator"), kind, About.of(Thing.KEY_LOG, code))
    _tell_staff(delivered, "", ("operator",), kind, About.of(Thing.KEY_LOG, code))


def _tell_staff(
    delivered: Delivered[Event], institution: str, roles: tuple[str, ...], kind: str, about: About = DESK
) -> None:
    told = told_by(delivered.event)
    staff = {person for role in roles for person in people_with_role(role, institution)}
    for person_id in sorted(staff):
        key = f"{kind}:{delivered.id}"
        of = wait_of(kind, delivered.event)
        notify(recipient_id=person_id, kind=kind, context=told, about=about, key=key, now=delivered.at, of=of)


SUBSCRIPTIONS = (
    Subscription(ExamResultReleased, on_result_released),
    Subscription(FactRecorded, on_fact_recorded),
    Subscription(GradesImported, on_grades_imported, Lane.HEAVY),
    Subscription(IdentityChecked, on_identity_checked),
    Subscription(AccountsMerged, on_accounts_merged),
    Subscription(CredentialOutdated, on_outdated),
    Subscription(CredentialsClaimed, on_claimed, Lane.SIGNING),
    Subscription(AwardPrepared, on_award_prepared),
    Subscription(CredentialIssued, on_issued),
    Subscription(CredentialIssued, on_program_held),
    Subscription(CredentialRevoked, on_revoked),
    Subscription(CredentialSuspended, on_suspended),
    Subscription(CredentialReinstated, on_reinstated),
    Subscription(ControllerChanged, on_controller_changed),
    Subscription(ControllerForged, on_controller_forged),
)
CALLS = (watch,)
