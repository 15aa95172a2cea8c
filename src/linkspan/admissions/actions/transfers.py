"""A learner's record leaves for another institution's server, by consent, once, until a signed receipt is here."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction

from linkspan.accounts.actions import log_transfer
from linkspan.accounts.queries import consents_between, consents_of, person_of
from linkspan.accounts.rules import ConsentGiven, Part
from linkspan.admissions.models import SentRecordRow
from linkspan.admissions.rules.transfers import (
    HOLDS,
    OWN,
    RECEIPT_TYPE,
    RECORD_TYPE,
    Says,
    consent_told,
    may_send_record,
    own_facts,
)
from linkspan.credentials.queries import credentials_of
from linkspan.credentials.rules import CredentialState
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import LinkspanError, NotPermitted, Refused, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.outside import network_policy
from linkspan.pathways.actions import Wire, body_sha256, open_answer, partner_did, seal, send_record_to
from linkspan.pathways.engines.exchange import payload_of
from linkspan.pathways.rules import pause_after
from linkspan.records.queries import facts_of
from linkspan.vc.errors import VcError

SENDER = system_actor("record transfer")
#: Answers that say «not now»; every other answer above 399 is final.
AGAIN = frozenset({408, 425, 429})


@transaction.atomic
def send_record(*, actor: Actor, learner_id: UUID, institution: str, partner: str, now: datetime) -> UUID:
    """Send what the institution gave a learner to a partner's server, within a consent in force that names the partner.

    What was sent last under the same consent is not sent again: asking gives the transfer there is. NotPermitted
    (`no_consent`) without a consent; Refused (`nothing_to_send`) if the institution has nothing that it covers.
    """
    permit(may_send_record(actor, learner_id, institution), "send this record")
    recipient = partner_did(institution, partner)
    consent = _consent(learner_id, partner, now)
    content = _content(learner_id, institution, consent)
    if not content["facts"] and not content["credentials"]:
        raise Refused(
            "nothing_to_send", "{institution} has nothing on record that this consent covers.", institution=institution
        )
    row = _queued(actor, consent, institution, recipient, Says.RECORD, content, now)
    return row.id


def _consent(learner_id: UUID, partner: str, now: datetime) -> ConsentGiven:
    """The consent in force that shows most of what can be sent."""
    own = {part for part, _ in OWN.values()}
    held = [c for c in consents_between(learner_id, partner) if c.holds(now) and own & set(c.records)]
    if not held:
        raise NotPermitted(
            "no_consent",
            "No consent in force shows courses or credentials to {partner}. The learner can give one.",
            partner=partner,
        )
    return max(held, key=lambda consent: (len(own & set(consent.records)), consent.expires_at, str(consent.id)))


def _content(learner_id: UUID, institution: str, consent: ConsentGiven) -> dict[str, Any]:
    person = person_of(learner_id)
    documents = [
        dict(held.document)
        for held in credentials_of(SENDER, learner_id)
        if held.issuer == institution and held.state == CredentialState.ACTIVE
    ]
    return {
        "consent": consent_told(consent),
        "learner": {"email": person.email, "name": person.legal_name or person.name or person.email},
        "facts": own_facts(facts_of(SENDER, learner_id), institution, consent.records),
        "credentials": documents if Part.CREDENTIALS in consent.records else [],
    }


def _queued(
    actor: Actor,
    consent: ConsentGiven,
    institution: str,
    recipient: str,
    says: Says,
    content: dict[str, Any],
    now: datetime,
) -> SentRecordRow:
    content_sha256 = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    told = SentRecordRow.objects.filter(
        institution=institution, partner=consent.institution, consent_id=consent.id, says=says, refusal=""
    )
    newest = told.order_by("-asked_at", "-id").first()
    if newest is not None and newest.content_sha256 == content_sha256:
        return newest
    message_id, expires = new_id(), now + HOLDS
    dates = {"issued": now.isoformat(timespec="seconds"), "expires": expires.isoformat(timespec="seconds")}
    body = {"id": message_id.urn, "type": str(says), **dates, **content}
    envelope = seal(institution, recipient, body, RECORD_TYPE)
    row = SentRecordRow.objects.create(
        id=message_id,
        learner_id=consent.learner_id,
        institution=institution,
        partner=consent.institution,
        recipient=recipient,
        says=says,
        consent_id=consent.id,
        records=sorted({OWN[part][0] for part in OWN} & set(consent.records)),
        content_sha256=content_sha256,
        body_sha256=body_sha256(payload_of(envelope)),
        envelope=envelope,
        asked_by=actor.name,
        asked_by_id=actor.person_id,
        asked_at=now,
        expires_at=expires,
        next_try_at=now,
    )
    after = jsonable({"partner": consent.institution, "consent": consent.id, "says": says})
    subject = f"admissions.sent_record:{row.id}"
    audit.record(actor=actor, verb="send_record", subject=subject, now=now, after=after)
    return row


@transaction.atomic
def tell_consent_ended(*, actor: Actor, learner_id: UUID, consent_id: UUID, now: datetime) -> int:
    """Tell each server to which a record left under a consent that the learner ended it; returns how many."""
    permit(actor.is_system, "tell that a consent ended")
    consent = next((held for held in consents_of(learner_id) if held.id == consent_id), None)
    if consent is None or consent.revoked_at is None:
        return 0
    left = SentRecordRow.objects.filter(consent_id=consent_id, says=Says.RECORD, tries__gt=0)
    channels = sorted(set(left.values_list("institution", "recipient")))
    for institution, recipient in channels:
        content = {"consent": {"id": str(consent_id)}}
        _queued(actor, consent, institution, recipient, Says.CONSENT_ENDED, content, now)
    return len(channels)


def deliver_records(now: datetime, wire: Wire | None = None) -> int:
    """Send what is due to each partner, in order; returns how many receipts came.

    Consent is asked for again at each try, and the disclosure is logged before the first. The network is asked
    outside of any transaction.
    """
    carrier = wire or Wire(network_policy())
    waiting = SentRecordRow.objects.filter(done_at=None).order_by("asked_at", "id")
    stuck: set[tuple[str, str]] = set()

    def send(row: SentRecordRow) -> bool:
        channel = (row.institution, row.partner)
        if channel in stuck:
            return False
        stuck.add(channel)
        if row.next_try_at <= now:
            _deliver(row, now, carrier)
            if row.done_at is not None:
                stuck.discard(channel)
        return row.receipt is not None

    job, due = "admissions.deliver_records", waiting[:200]
    return sum(each_due(job, due, send, now=now, calls_out=True, named=lambda row: row.id).done)


def _deliver(row: SentRecordRow, now: datetime, wire: Wire) -> None:
    row.refusal = _stopped(row, now)
    if not row.refusal:
        row.tries += 1
        row.save(update_fields=["tries"])
        status, answer = send_record_to(row.recipient, row.envelope or {}, wire)
        _take_answer(row, status, answer, now, wire)
    if row.refusal or row.receipt:
        row.done_at, row.envelope = now, None
    row.save(update_fields=["done_at", "envelope", "next_try_at", "last_error", "refusal", "receipt"])


def _stopped(row: SentRecordRow, now: datetime) -> str:
    """Why it does not leave any more; empty if it may, and then the disclosure is logged."""
    if now >= row.expires_at:
        return "It could not be delivered before it expired."
    if row.says == Says.CONSENT_ENDED:
        return ""
    given = consents_between(row.learner_id, row.partner)
    consent = next((held for held in given if held.id == row.consent_id), None)
    if consent is None or not consent.holds(now):
        return "The consent ended before the record was delivered."
    if row.tries == 0:
        told = f"{row.partner}, server {row.recipient}"
        log_transfer(
            actor=SENDER, consent=consent, sent_to=told, records=row.records, asked_by=row.asked_by_id, now=now
        )
    return ""


def _take_answer(row: SentRecordRow, status: int, answer: dict[str, Any], now: datetime, wire: Wire) -> None:
    if 400 <= status < 500 and status not in AGAIN:
        row.refusal = str(answer.get("detail") or status)[:1000]
        return
    row.next_try_at = now + pause_after(row.tries)
    if status >= 400:
        row.last_error = f"{status}: {answer.get('detail', '')}"[:1000]
        return
    try:
        receipt = open_answer(row.institution, row.recipient, answer, RECEIPT_TYPE, now, wire)
    except (VcError, LinkspanError) as error:
        row.last_error = f"The receipt does not hold: {error}"[:1000]
        return
    if (receipt.get("message"), receipt.get("sha256")) != (row.id.urn, row.body_sha256):
        row.last_error = "The receipt is of another message."
        return
    row.receipt = answer
