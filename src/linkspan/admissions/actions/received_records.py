"""A learner's record comes from a partner's server: checked, imported once, answered with a signed receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import open_account, revoke_consent, take_over_consent
from linkspan.accounts.queries import recipient_by_email
from linkspan.admissions.models import ReceivedRecordRow
from linkspan.admissions.rules.transfers import OWN, RECEIPT_TYPE, RECORD_TYPE, Says, Transfer, read_transfer
from linkspan.credentials.queries import judge
from linkspan.kernel import audit
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways.actions import Opened, Wire, open_envelope, seal
from linkspan.pathways.rules import check_record_shape
from linkspan.records.actions import record_fact
from linkspan.records.rules import Fact, NewFact, learner_record
from linkspan.vc import Unreadable, VcError

RECEIVER = system_actor("record transfer")


def receive_record(*, institution: str, raw: bytes, now: datetime, wire: Wire | None = None) -> dict[str, Any]:
    """Take a record, or the end of a consent, for an institution here; returns the signed receipt.

    The same message again gets the same receipt and does nothing. NotPermitted, Refused or Unusable for who is no
    partner, a signature that does not hold, an altered or old message, another message under a used id, no consent or
    an ended one, more than the consent covers, facts of others, and credentials whose verdict is invalid.
    """
    opened = open_envelope(institution, raw, RECORD_TYPE, now, wire)
    earlier = ReceivedRecordRow.objects.filter(
        institution=institution, message_id=str(opened.body.get("id"))[:100]
    ).first()
    if earlier is not None:
        return _again(earlier, opened)
    transfer = read_transfer(opened.body, partner=opened.partner, institution=institution, now=now)
    _check_shapes(transfer, now)
    verdicts = _verdicts(transfer, institution, now)
    with transaction.atomic():
        row, created = ReceivedRecordRow.objects.get_or_create(
            institution=institution,
            message_id=transfer.id,
            defaults={
                "partner": opened.partner,
                "says": transfer.says,
                "body_sha256": opened.sha256,
                "partners_consent": transfer.consent_id,
                "received_at": now,
            },
        )
        if not created:
            return _again(row, opened)
        if transfer.says == Says.RECORD:
            _import(row, transfer, now)
        else:
            _end_consent(row, now)
        row.receipt = _receipt(row, transfer, opened, verdicts, now)
        row.save(update_fields=["learner_id", "consent_id", "receipt"])
        after = {"message": transfer.id, "says": transfer.says, "facts": len(transfer.facts), "partner": opened.partner}
        subject = f"admissions.received_record:{row.id}"
        audit.record(actor=RECEIVER, verb="receive_record", subject=subject, now=now, after=after)
        return dict(row.receipt)


def _again(row: ReceivedRecordRow, opened: Opened) -> dict[str, Any]:
    if (row.partner, row.body_sha256) != (opened.partner, opened.sha256):
        raise Refused("message_reused", "Another message came under this identifier.")
    return dict(row.receipt)


def _check_shapes(transfer: Transfer, now: datetime) -> None:
    """Unusable for facts that a record of the published format could not hold: what decides later reads them."""
    nobody = UUID(int=0)
    facts = [Fact(nobody, nobody, f.kind, f.key, f.data, "", now, True, now, "") for f in transfer.facts]
    check_record_shape(learner_record("received", facts))


def _verdicts(transfer: Transfer, institution: str, now: datetime) -> list[dict[str, str]]:
    found = []
    for document in transfer.documents:
        try:
            verdict = judge(dict(document), now, relying=[institution]).verdict
        except (Unreadable, VcError) as error:
            raise Unusable(error.code, "credentials: {message}", message=error.message) from error
        if verdict == "invalid":
            raise Refused("credential_invalid", "The credential {id} is not valid.", id=document.get("id"))
        found.append({"id": str(document.get("id")), "verdict": str(verdict)})
    return found


def _import(row: ReceivedRecordRow, transfer: Transfer, now: datetime) -> None:
    ended = ReceivedRecordRow.objects.filter(
        institution=row.institution,
        partner=row.partner,
        says=Says.CONSENT_ENDED,
        partners_consent=transfer.consent_id,
    )
    if ended.exists():
        raise NotPermitted("consent_missing", "The learner has ended this consent.")
    known = recipient_by_email(transfer.email)
    row.learner_id = known or open_account(actor=RECEIVER, email=transfer.email, name=transfer.name, now=now)
    if known is None:
        row.consent_id = _taken_over(row, transfer, now)
    for fact in transfer.facts:
        record_fact(
            actor=RECEIVER,
            learner_id=row.learner_id,
            institution=row.partner,
            fact=NewFact(fact.kind, f"{row.partner}/{fact.key}", fact.data),
            source=f"server of {row.partner}",
            now=now,
            reason=f"as {row.partner} sent it in {transfer.id}",
        )


def _taken_over(row: ReceivedRecordRow, transfer: Transfer, now: datetime) -> UUID:
    """The consent, in what a transfer can hold, for an account that this transfer opened."""
    assert row.learner_id is not None
    return take_over_consent(
        actor=RECEIVER,
        learner_id=row.learner_id,
        institution=row.institution,
        purpose=transfer.purpose,
        records=sorted({str(part) for part, _ in OWN.values()} & set(transfer.records)),
        expires_at=transfer.until,
        signed_name=transfer.signed_name,
        now=now,
    )


def _end_consent(row: ReceivedRecordRow, now: datetime) -> None:
    taken = ReceivedRecordRow.objects.filter(
        institution=row.institution, partner=row.partner, partners_consent=row.partners_consent
    )
    for consent_id in taken.values_list("consent_id", flat=True):
        if consent_id is not None:
            revoke_consent(actor=RECEIVER, consent_id=consent_id, now=now)


def _receipt(
    row: ReceivedRecordRow, transfer: Transfer, opened: Opened, verdicts: list[dict[str, str]], now: datetime
) -> dict[str, Any]:
    body = {
        "id": new_id().urn,
        "type": "RecordReceipt",
        "message": transfer.id,
        "sha256": opened.sha256,
        "received": now.isoformat(timespec="seconds"),
        "facts": len(transfer.facts),
        "credentials": verdicts,
    }
    return seal(row.institution, opened.sender, body, RECEIPT_TYPE)
