"""Reactions of this domain."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import people_with_role
from linkspan.admissions.actions import lapse_offers, offer_freed_seats, send_letter_link
from linkspan.admissions.actions.transfers import deliver_records, tell_consent_ended
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell


def on_submitted(delivered: Delivered) -> None:
    """Tell the applicant that the application is in."""
    tell(delivered, "application_received", f"/applications/{delivered.payload['application_id']}/")


def on_decided(delivered: Delivered) -> None:
    """Tell the applicant of the decision."""
    tell(
        delivered, f"application_{delivered.payload['state']}", f"/applications/{delivered.payload['application_id']}/"
    )


def on_waiver_decided(delivered: Delivered) -> None:
    """Tell the applicant whether the fee is waived."""
    told = delivered.payload
    tell(delivered, f"waiver_{told['waiver']}", f"/applications/{told['application_id']}/")


def on_letter_asked(delivered: Delivered) -> None:
    """Send the recommender the link."""
    send_letter_link(letter_id=UUID(delivered.payload["letter_id"]), now=delivered.at)


def on_letter_received(delivered: Delivered) -> None:
    """Tell the applicant that the letter came, never what it says."""
    tell(delivered, "letter_received", f"/apply/{delivered.payload['round_id']}/")


def on_appeal_filed(delivered: Delivered) -> None:
    """Tell the institution's admissions staff that an appeal waits, and until when."""
    told = delivered.payload
    for staff in people_with_role("admissions", str(told["institution"])):
        notify(
            recipient_id=staff,
            kind="admission_appeal_waits",
            context={"title": str(told["title"]), "due": str(told["due"])},
            link=f"/applications/{told['application_id']}/",
            key=f"admission_appeal_waits:{delivered.id}",
            now=delivered.at,
        )


def on_appeal_decided(delivered: Delivered) -> None:
    """Tell the applicant the answer."""
    told = delivered.payload
    tell(delivered, f"admission_appeal_{told['outcome']}", f"/applications/{told['application_id']}/")


def on_consent_signed(delivered: Delivered) -> None:
    """Tell the admissions staff of the institution that a record can be read, never whose: that is in the inbox."""
    institution = str(delivered.payload["institution"])
    for staff in people_with_role("admissions", institution):
        notify(
            recipient_id=staff,
            kind="record_shared",
            context={"kind": str(delivered.payload["purpose"]).replace("_", " ")},
            link=f"/desk/inbox/{institution}/",
            key=f"record_shared:{delivered.id}",
            now=delivered.at,
        )


def on_consent_revoked(delivered: Delivered) -> None:
    """Tell the servers to which the record left under that consent."""
    told = delivered.payload
    tell_consent_ended(
        actor=system_actor("admissions"),
        learner_id=UUID(told["learner_id"]),
        consent_id=UUID(told["consent_id"]),
        now=delivered.at,
    )


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ApplicationSubmitted": on_submitted,
    "ApplicationDecided": on_decided,
    "LetterAsked": on_letter_asked,
    "LetterReceived": on_letter_received,
    "WaiverDecided": on_waiver_decided,
    "AppealFiled": on_appeal_filed,
    "AppealDecided": on_appeal_decided,
    "ConsentSigned": on_consent_signed,
    "ConsentRevoked": on_consent_revoked,
}


def lapse(now: datetime) -> None:
    """Let offers lapse that nobody answered in time."""
    lapse_offers(actor=system_actor("admissions"), now=now)


def offer_freed(now: datetime) -> None:
    """Let rounds that offer places by themselves go on."""
    offer_freed_seats(actor=system_actor("admissions"), now=now)


def carry_records(now: datetime) -> None:
    """Send the records that wait for partners' servers."""
    deliver_records(now)


TICKS = (lapse, offer_freed, carry_records)
