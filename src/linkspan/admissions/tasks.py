"""Reactions of this domain."""

from datetime import datetime

from linkspan.accounts.events import ConsentRevoked, ConsentSigned
from linkspan.accounts.queries import people_with_role
from linkspan.admissions.actions import lapse_offers, offer_freed_seats, send_letter_link
from linkspan.admissions.actions.transfers import deliver_records, tell_consent_ended
from linkspan.admissions.events import (
    AppealDecided,
    AppealFiled,
    ApplicationDecided,
    ApplicationSubmitted,
    LetterAsked,
    LetterReceived,
    RoundCancelled,
    RoundChanged,
    WaiverDecided,
)
from linkspan.admissions.queries import zone_of_round
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.kernel.written import kept
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell


def on_submitted(delivered: Delivered[ApplicationSubmitted]) -> None:
    """Tell the applicant that the application is in."""
    tell(delivered, "application_received", About.of(Thing.APPLICATION, delivered.event.application_id))


def on_decided(delivered: Delivered[ApplicationDecided]) -> None:
    """Tell the applicant of the decision."""
    event = delivered.event
    tell(delivered, f"application_{event.state}", About.of(Thing.APPLICATION, event.application_id))


def on_waiver_decided(delivered: Delivered[WaiverDecided]) -> None:
    """Tell the applicant whether the fee is waived."""
    event = delivered.event
    tell(delivered, f"waiver_{event.waiver}", About.of(Thing.APPLICATION, event.application_id))


def on_round_changed(delivered: Delivered[RoundChanged]) -> None:
    """Tell who applied, or began to, until when the round is open now, and why it was changed."""
    event = delivered.event
    day = kept(event.closes_at, zone_of_round(event.round_id).key)
    tell(delivered, "round_changed", About.of(Thing.APPLICATION_FORM, event.round_id), due=day)


def on_round_cancelled(delivered: Delivered[RoundCancelled]) -> None:
    """Tell who applied, or began to, that the round is cancelled, and why."""
    tell(delivered, "round_cancelled", About(Thing.PATHWAYS))


def on_letter_asked(delivered: Delivered[LetterAsked]) -> None:
    """Send the recommender the link."""
    send_letter_link(letter_id=delivered.event.letter_id, key=delivered.key, now=delivered.now)


def on_letter_received(delivered: Delivered[LetterReceived]) -> None:
    """Tell the applicant that the letter came, never what it says."""
    tell(delivered, "letter_received", About.of(Thing.APPLICATION_FORM, delivered.event.round_id))


def on_appeal_filed(delivered: Delivered[AppealFiled]) -> None:
    """Tell the institution's admissions staff that an appeal waits, and until when."""
    event = delivered.event
    for staff in people_with_role("admissions", event.institution):
        notify(
            recipient_id=staff,
            kind="admission_appeal_waits",
            context={"title": event.title, "due": event.due},
            about=About.of(Thing.APPLICATION, event.application_id),
            key=f"admission_appeal_waits:{delivered.id}",
            now=delivered.at,
            of=event.appeal_id,
        )


def on_appeal_decided(delivered: Delivered[AppealDecided]) -> None:
    """Tell the applicant the answer."""
    event = delivered.event
    tell(delivered, f"admission_appeal_{event.outcome}", About.of(Thing.APPLICATION, event.application_id))


def on_consent_signed(delivered: Delivered[ConsentSigned]) -> None:
    """Tell the admissions staff of the institution that a record can be read, never whose: that is in the inbox."""
    institution = delivered.event.institution
    for staff in people_with_role("admissions", institution):
        notify(
            recipient_id=staff,
            kind="record_shared",
            context={"kind": delivered.event.purpose.replace("_", " ")},
            about=About.of(Thing.INBOX, institution),
            key=f"record_shared:{delivered.id}",
            now=delivered.at,
        )


def on_consent_revoked(delivered: Delivered[ConsentRevoked]) -> None:
    """Tell the servers to which the record left under that consent."""
    tell_consent_ended(
        actor=system_actor("admissions"),
        learner_id=delivered.event.learner_id,
        consent_id=delivered.event.consent_id,
        now=delivered.at,
    )


SUBSCRIPTIONS = (
    Subscription(ApplicationSubmitted, on_submitted),
    Subscription(ApplicationDecided, on_decided),
    Subscription(LetterAsked, on_letter_asked, Lane.MAIL),
    Subscription(LetterReceived, on_letter_received),
    Subscription(WaiverDecided, on_waiver_decided),
    Subscription(RoundChanged, on_round_changed),
    Subscription(RoundCancelled, on_round_cancelled),
    Subscription(AppealFiled, on_appeal_filed),
    Subscription(AppealDecided, on_appeal_decided),
    Subscription(ConsentSigned, on_consent_signed),
    Subscription(ConsentRevoked, on_consent_revoked),
)


def lapse(now: datetime) -> None:
    """Let offers lapse that nobody answered in time."""
    lapse_offers(actor=system_actor("admissions"), now=now)


def offer_freed(now: datetime) -> None:
    """Let rounds that offer places by themselves go on."""
    offer_freed_seats(actor=system_actor("admissions"), now=now)


def carry_records(now: datetime) -> None:
    """Send the records that wait for partners' servers."""
    deliver_records(now)


TICKS = (lapse, offer_freed)
CALLS = (carry_records,)
