"""A learner's record goes from one institution's server to another's: what is sent, and what may be taken.

An institution speaks for itself alone: it sends the grades and credentials that it gave, within the parts that the
learner consented to show (34 CFR 99.30), and names the consent. The recipient takes no more than the consent covers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.accounts.rules import LONGEST_CONSENT, ConsentGiven, Part, Purpose
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.reasons import joined
from linkspan.pathways.rules import instant_in, text_in
from linkspan.records.rules import Fact, Kind, NewFact, problems_of

RECORD_TYPE, RECEIPT_TYPE = "linkspan-record+json", "linkspan-receipt+json"
HOLDS, SKEW = timedelta(days=7), timedelta(minutes=5)
MOST_FACTS, MOST_DOCUMENTS = 500, 200

#: The kinds that an institution vouches for by itself, each with the part of the record that it belongs to.
OWN: Mapping[Kind, tuple[Part, str]] = {
    Kind.COURSE_GRADE: (Part.COURSES, "institution"),
    Kind.CREDENTIAL: (Part.CREDENTIALS, "issuer"),
}


class Says(StrEnum):
    """What a message between servers says of a record."""

    RECORD = "RecordTransfer"
    CONSENT_ENDED = "ConsentEnded"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A record as it came, its shape checked. Of an ended consent, only `consent` says more than an identifier."""

    id: str
    says: Says
    consent_id: str
    purpose: str
    records: tuple[str, ...]
    until: datetime
    signed_name: str
    email: str
    name: str
    facts: tuple[NewFact, ...]
    documents: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A record on its way to another server: done with a receipt, refused with its reason, or tried again."""

    id: UUID
    institution: str
    partner: str
    says: str
    records: tuple[str, ...]
    asked_at: datetime
    done_at: datetime | None
    tries: int
    refusal: str
    last_error: str
    receipt: Mapping[str, Any] | None


def may_send_record(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, and the registrar of the institution that sends: by the learner's consent in either case."""
    return actor.is_person(learner_id) or actor.has_role("registrar", institution)


def own_facts(facts: Iterable[Fact], institution: str, parts: Iterable[str]) -> list[dict[str, Any]]:
    """What the institution itself put on record, within the parts."""
    shown = set(parts)
    return [
        {"kind": str(fact.kind), "key": fact.key, "data": dict(fact.data)}
        for fact in facts
        if fact.kind in OWN and OWN[fact.kind][0] in shown and fact.data.get(OWN[fact.kind][1]) == institution
    ]


def consent_told(consent: ConsentGiven) -> dict[str, Any]:
    """A consent as the recipient is told of it."""
    return {
        "id": str(consent.id),
        "institution": consent.institution,
        "purpose": consent.purpose,
        "records": list(consent.records),
        "given": consent.given_at.isoformat(timespec="seconds"),
        "until": consent.expires_at.isoformat(timespec="seconds"),
        "signed": consent.signed_name,
    }


def read_transfer(body: Mapping[str, Any], *, partner: str, institution: str, now: datetime) -> Transfer:
    """What a partner's message says, once it is found to be in order.

    Unusable for its shape; Refused when it is too old; NotPermitted (`consent_missing`, `consent_widened`,
    `not_the_senders`) for what the learner did not consent to, or the partner cannot vouch for.
    """
    says, message_id = text_in(body, "type", 40), text_in(body, "id", 100)
    if says not in set(Says):
        raise Unusable("message_unusable", "type: {says} is not a kind of message", says=repr(says))
    _check_dates(instant_in(body, "issued"), instant_in(body, "expires"), now)
    consent = _object(body, "consent")
    if says == Says.CONSENT_ENDED:
        consent_id = text_in(consent, "id", 100)
        return Transfer(message_id, Says.CONSENT_ENDED, consent_id, "", (), now, "", "", "", (), ())
    learner = _object(body, "learner")
    records = tuple(str(name) for name in _list(consent, "records", len(Part)))
    facts = tuple(_fact(told) for told in _list(body, "facts", MOST_FACTS))
    transfer = Transfer(
        message_id,
        Says.RECORD,
        text_in(consent, "id", 100),
        text_in(consent, "purpose", 64),
        records,
        instant_in(consent, "until"),
        text_in(consent, "signed", 200),
        text_in(learner, "email", 254),
        text_in(learner, "name", 200),
        facts,
        tuple(_document(told) for told in _list(body, "credentials", MOST_DOCUMENTS)),
    )
    _check_consent(transfer, consent, institution, now)
    _check_owner(transfer, partner)
    return transfer


def _check_dates(issued: datetime, expires: datetime, now: datetime) -> None:
    if issued > now + SKEW or expires - issued > HOLDS + SKEW:
        raise Refused("message_dates", "The message was issued later than now, or claims to hold for too long.")
    if now >= expires:
        raise Refused("message_expired", "The message has expired. Send the record again.")


def _check_consent(transfer: Transfer, consent: Mapping[str, Any], institution: str, now: datetime) -> None:
    given = instant_in(consent, "given")
    if consent.get("institution") != institution:
        raise NotPermitted("consent_missing", "The consent names another institution.")
    if transfer.purpose not in set(Purpose) or not set(transfer.records) <= set(Part):
        raise Unusable("message_unusable", "consent: purpose or records are not known here")
    if not given <= now + SKEW or now >= transfer.until or transfer.until - given > LONGEST_CONSENT:
        raise NotPermitted("consent_missing", "The consent is not in force.")
    parts = {OWN[fact.kind][0] for fact in transfer.facts} | ({Part.CREDENTIALS} if transfer.documents else set())
    if not parts <= set(transfer.records):
        raise NotPermitted("consent_widened", "The message holds more than the learner consented to show.")


def _check_owner(transfer: Transfer, partner: str) -> None:
    for fact in transfer.facts:
        if fact.data.get(OWN[fact.kind][1]) != partner:
            raise NotPermitted(
                "not_the_senders", "{partner} speaks for what it gave itself, and for nothing else.", partner=partner
            )


def _fact(told: Any) -> NewFact:
    kind = told.get("kind") if isinstance(told, dict) else None
    if kind not in set(OWN) or not isinstance(told.get("data"), dict):
        raise Unusable("message_unusable", "facts: each is a course_grade or credential with its data")
    fact = NewFact(Kind(kind), text_in(told, "key", 160), told["data"])
    wrong = problems_of(fact.kind, fact.key, fact.data)
    if wrong:
        raise Unusable(
            "message_unusable",
            "facts: {kind}: {problems}",
            kind=kind,
            problems=joined(problem.said for problem in wrong),
        )
    return fact


def _document(told: Any) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise Unusable("message_unusable", "credentials: each is a signed credential")
    return told


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise Unusable("message_unusable", "{name}: an object is needed", name=name)
    return found


def _list(value: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list) or len(found) > most:
        raise Unusable("message_unusable", "{name}: a list of up to {most} is needed", name=name, most=most)
    return found
