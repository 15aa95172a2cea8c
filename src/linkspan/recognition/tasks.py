"""Reactions to lower domains."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import people_with_role
from linkspan.admissions.events import LearnerJoined
from linkspan.credentials.events import CredentialRevoked
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Event, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell, told_by
from linkspan.recognition.actions import award_credit, confer_due, open_case, remind_of_cases
from linkspan.recognition.events import (
    CaseAnswered,
    CaseKept,
    CaseNudged,
    CaseOpened,
    ConferralAsked,
    ConferralDecided,
    ConferralHeld,
    CreditChanged,
    CreditReversed,
    DegreeConferred,
    ExceptionAsked,
    ExceptionDecided,
    ExceptionEnded,
    RevocationAsked,
    RevocationDecided,
)

SYSTEM = system_actor("recognition")


def on_learner_joined(delivered: Delivered[LearnerJoined]) -> None:
    """Who has joined gets the credit that the audit recognised."""
    event = delivered.event
    award_credit(
        actor=SYSTEM,
        learner_id=event.learner_id,
        application_id=event.application_id,
        audit_id=event.audit_id,
        now=delivered.at,
    )
    tell(delivered, "credit_awarded", About(Thing.DEGREE))


def on_credential_revoked(delivered: Delivered[CredentialRevoked]) -> None:
    """Credit given on a revoked credential becomes a case for a person."""
    event = delivered.event
    open_case(
        actor=SYSTEM,
        learner_id=event.learner_id,
        credential_id=event.credential_id,
        reason=event.reason,
        now=delivered.at,
    )


def on_case_opened(delivered: Delivered[CaseOpened]) -> None:
    """Tell the learner that nothing has changed yet, and the school's registrars that a case waits for them."""
    told = told_by(delivered.event)
    tell(delivered, "case_opened", About(Thing.DEGREE))
    for registrar in people_with_role("registrar", delivered.event.institution):
        key = f"case_waits:{delivered.id}:{registrar}"
        notify(
            recipient_id=registrar,
            kind="case_waits",
            context=told,
            about=About(Thing.CASE_DESK),
            key=key,
            now=delivered.at,
        )


def on_case_answered(delivered: Delivered[CaseAnswered]) -> None:
    """Tell the school's registrars that the learner said something."""
    event = delivered.event
    for registrar in people_with_role("registrar", event.institution):
        _tell_office(delivered, registrar, "case_answered")


def on_case_nudged(delivered: Delivered[CaseNudged]) -> None:
    """Remind the registrars; of one that is late tell the deans and the learner too."""
    event = delivered.event
    late = event.kind == "late"
    for role in ("registrar", "dean") if late else ("registrar",):
        for person in people_with_role(role, event.institution):
            _tell_office(delivered, person, "case_late" if late else "case_due", role)
    if late:
        tell(delivered, "case_late_told", About(Thing.DEGREE))


def _tell_office(
    delivered: Delivered[CaseAnswered] | Delivered[CaseNudged], who: UUID, kind: str, role: str = "registrar"
) -> None:
    about = About.of(Thing.CASE, delivered.event.case_id) if role == "registrar" else About(Thing.DESK_HOME)
    key = f"{kind}:{delivered.id}:{who}"
    told, of = told_by(delivered.event), delivered.event.case_id
    notify(recipient_id=who, kind=kind, context=told, about=about, key=key, now=delivered.at, of=of)


def on_case_kept(delivered: Delivered[CaseKept]) -> None:
    """Tell the learner that the credit stands, and why."""
    tell(delivered, "case_kept", About(Thing.DEGREE))


def on_credit_reversed(delivered: Delivered[CreditReversed]) -> None:
    """Tell the learner why the degree plan is longer again."""
    tell(delivered, "credit_reversed", About(Thing.DEGREE))


def on_credit_changed(delivered: Delivered[CreditChanged]) -> None:
    """Tell the learner what a registrar changed, with the reason meant for them."""
    tell(delivered, f"credit_by_hand_{delivered.event.verb}", About(Thing.DEGREE))


def on_exception_asked(delivered: Delivered[ExceptionAsked]) -> None:
    """Tell the school's other registrars that credit which no rule gives waits for a second person."""
    event = delivered.event
    for registrar in people_with_role("registrar", event.institution):
        if registrar != event.preparer_id:
            notify(
                recipient_id=registrar,
                kind="credit_exception_waits",
                context=told_by(event),
                about=About.of(Thing.CREDIT_CHANGE, event.change_id),
                key=f"credit_exception_waits:{delivered.id}:{registrar}",
                now=delivered.at,
                of=event.change_id,
            )


def on_exception_decided(delivered: Delivered[ExceptionDecided]) -> None:
    """Tell who prepared the exception what a second person said."""
    event = delivered.event
    kind = "credit_exception_approved" if event.accepted else "credit_exception_refused"
    notify(
        recipient_id=event.preparer_id,
        kind=kind,
        context=told_by(event),
        about=About.of(Thing.CREDIT_CHANGE, event.change_id),
        key=f"{kind}:{delivered.id}",
        now=delivered.at,
    )


def on_exception_ended(delivered: Delivered[ExceptionEnded]) -> None:
    """Tell the colleagues whom a withdrawn exception waited for; of one taken back, both who gave it."""
    event = delivered.event
    both = {event.preparer_id, event.second_id} if event.second_id else {event.preparer_id}
    waited = set(people_with_role("registrar", event.institution)) if event.state == "withdrawn" else both
    for who in waited - {event.by_id, None}:
        if who is not None:
            notify(
                recipient_id=who,
                kind=f"credit_exception_{event.state}",
                context={"title": event.title, "institution": event.institution, "reason": event.reason},
                about=About.of(Thing.CREDIT_CHANGE, event.change_id),
                key=f"credit_exception_{event.state}:{delivered.id}:{who}",
                now=delivered.at,
            )


def on_conferral_asked(delivered: Delivered[ConferralAsked]) -> None:
    """Tell the school's other registrars that a list of degrees waits for a second person."""
    event = delivered.event
    about, but = About.of(Thing.CONFERRAL_LIST, event.list_id), event.preparer_id
    _tell_registrars(delivered, event.institution, "conferral_waits", about, but, of=event.list_id)


def on_conferral_decided(delivered: Delivered[ConferralDecided]) -> None:
    """Tell who prepared the list what a second person said."""
    event = delivered.event
    kind = "conferral_approved" if event.accepted else "conferral_refused"
    _tell_one(delivered, event.preparer_id, kind, About.of(Thing.CONFERRAL_LIST, event.list_id))


def on_conferral_held(delivered: Delivered[ConferralHeld]) -> None:
    """Tell the school's registrars that a degree was not conferred on its day."""
    event = delivered.event
    _tell_registrars(delivered, event.institution, "conferral_held", About.of(Thing.CONFERRAL, event.conferral_id))


def on_degree_conferred(delivered: Delivered[DegreeConferred]) -> None:
    """Tell the learner."""
    tell(delivered, "degree_conferred", About(Thing.DEGREE))


def on_revocation_asked(delivered: Delivered[RevocationAsked]) -> None:
    """Tell the school's other registrars that a revocation waits for a second person; never whose degree it is."""
    event = delivered.event
    about, but = About.of(Thing.CONFERRAL, event.conferral_id), (event.preparer_id, event.holder_id)
    _tell_registrars(delivered, event.institution, "revocation_waits", about, *but, of=event.conferral_id)


def on_revocation_decided(delivered: Delivered[RevocationDecided]) -> None:
    """Tell who asked what a second person said; the learner reads of a revocation with the credential."""
    event = delivered.event
    kind = "revocation_approved" if event.accepted else "revocation_refused"
    _tell_one(delivered, event.preparer_id, kind, About.of(Thing.CONFERRAL, event.conferral_id))


def _tell_registrars(
    delivered: Delivered[Event], institution: str, kind: str, about: About, *but: UUID, of: UUID | None = None
) -> None:
    for registrar in people_with_role("registrar", institution):
        if registrar not in but:
            _tell_one(delivered, registrar, kind, about, of)


def _tell_one(delivered: Delivered[Event], who: UUID, kind: str, about: About, of: UUID | None = None) -> None:
    key, told = f"{kind}:{delivered.id}:{who}", told_by(delivered.event)
    notify(recipient_id=who, kind=kind, context=told, about=about, key=key, now=delivered.at, of=of)


SUBSCRIPTIONS = (
    Subscription(LearnerJoined, on_learner_joined),
    Subscription(CredentialRevoked, on_credential_revoked),
    Subscription(CaseOpened, on_case_opened),
    Subscription(CaseAnswered, on_case_answered),
    Subscription(CaseNudged, on_case_nudged),
    Subscription(CaseKept, on_case_kept),
    Subscription(CreditReversed, on_credit_reversed),
    Subscription(CreditChanged, on_credit_changed),
    Subscription(ExceptionAsked, on_exception_asked),
    Subscription(ExceptionDecided, on_exception_decided),
    Subscription(ExceptionEnded, on_exception_ended),
    Subscription(ConferralAsked, on_conferral_asked),
    Subscription(ConferralDecided, on_conferral_decided),
    Subscription(ConferralHeld, on_conferral_held),
    Subscription(DegreeConferred, on_degree_conferred),
    Subscription(RevocationAsked, on_revocation_asked),
    Subscription(RevocationDecided, on_revocation_decided),
)


def remind(now: datetime) -> None:
    """Say of cases that they are soon due, or late."""
    remind_of_cases(now)


def confer(now: datetime) -> None:
    """Confer the degrees whose day has come."""
    confer_due(now)


TICKS = (remind, confer)
