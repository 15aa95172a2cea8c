"""Kinds of notices and their words; `{name}` stands for what the event tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as its reader sees it."""

    id: UUID
    title: str
    body: str
    link: str
    at: datetime
    read: bool


#: Kind: (title, body). The words are message ids of the catalogue; they are translated for the recipient.
TEMPLATES: Mapping[str, tuple[str, str]] = {
    "enrolled": ("You are enrolled in {title}", "You can start now. Your next step is the first unit."),
    "verified": ("You are on the verified track of {title}", "Your grade in this course will go on record."),
    "verified_closed": (
        "You are on the audit track of {title}",
        "The verified track is closed. You can go on learning.",
    ),
    "withdrew": ("You left {title}", "Grades on your record stay. You can enrol again while enrolment is open."),
    "payment_received": ("We received your payment", "{amount} for {title}. Keep this as your receipt."),
    "charge_refunded": ("Your payment is refunded", "{amount} for {title} goes back to you."),
    "charge_cancelled": ("A charge was cancelled", "You no longer owe {amount} for {title}."),
    "identity_accepted": ("Your legal name is confirmed", "Credentials will carry the name {legal_name}."),
    "identity_refused": ("Your identity evidence was not accepted", "Reason: {reason} Hand in new evidence."),
    "evidence_accepted": ("Your evidence was accepted", "The {kind} on your record is confirmed."),
    "evidence_refused": ("Your evidence was not accepted", "Reason: {reason} Hand in new evidence."),
    "exam_authorised": ("You may take the exam", "{title}: choose a sitting and check in when it opens."),
    "check_in_waits": ("A learner waits for an identity check", "{title}: open the desk and confirm who they are."),
    "attempt_waits": ("An attempt waits for a verdict", "{title}: open the desk and review it."),
    "appeal_waits": ("An appeal waits for a decision", "{title}: somebody else than the first reviewer decides."),
    "appeal_upheld": ("Your appeal was upheld", "{title}: your attempt counts. Reason: {reason}"),
    "appeal_dismissed": ("Your appeal was dismissed", "{title}: the rejection stands. Reason: {reason}"),
    "accommodation_approved": (
        "You have extra time",
        "{title}: your deadline will be later. Only staff see this.",
    ),
    "accommodation_refused": ("Your request for extra time was refused", "{title}. Reason: {reason}"),
    "exam_submitted": ("Your exam was handed in", "A proctor reviews {title}. Results come on the release date."),
    "exam_released": ("Your exam result is here", "{title}: open the exam page to see it."),
    "credential_issued": ("You hold a new credential", "{title}. See where it can take you."),
    "credential_revoked": ("A credential of yours was revoked", "Reason: {reason} You can ask the issuer."),
    "application_received": ("Your application is in", "{title}: you will hear from a person."),
    "application_offered": ("You are offered a place", "{title}: accept or decline the offer."),
    "application_no_seat": ("No seat this time", "{title}: you are admissible. See the reasons and other pathways."),
    "application_refused": ("A decision on your application", "{title}: see the reasons and what you can do."),
    "credit_awarded": ("Credit was recognised", "Your degree plan shows what is waived and what is left."),
}


def words(kind: str, context: Mapping[str, str]) -> tuple[str, str]:
    """Title and body of a kind, before translation filled in with nothing but what the event tells."""
    title, body = TEMPLATES[kind]
    return title.format_map(context), body.format_map(context)
