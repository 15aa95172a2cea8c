"""What is done to agreements and audits."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.pathways.events import AgreementMoved
from linkspan.pathways.models import AgreementMoveRow, AgreementVersionRow, AuditRow
from linkspan.pathways.queries import agreement_on
from linkspan.pathways.rules.audit import RULES_VERSION, Audit, audit_record, check_agreement_shape
from linkspan.pathways.rules.lifecycle import Status, may_edit_agreement, next_status


@transaction.atomic
def publish_version(*, actor: Actor, document: Mapping[str, Any], now: datetime) -> str:
    """Enter a version with the status its document names; returns its SHA-256 over RFC 8785 JSON.

    The same document again changes nothing; another under the same version is Refused, since versions are immutable.
    """
    agreement = check_agreement_shape(dict(document))
    sending, receiving = agreement["sending"], agreement["receiving"]
    permit(may_edit_agreement(actor, sending["institution"], receiving["institution"]), "edit this agreement")
    if agreement["status"] not in set(Status):
        raise Unusable("status_unknown", f"{agreement['status']!r} is not a status of an agreement.")
    sha256 = hashlib.sha256(rfc8785.dumps(dict(agreement))).hexdigest()
    ends = agreement.get("valid_to")
    row, created = AgreementVersionRow.objects.get_or_create(
        agreement_id=agreement["id"],
        version=agreement["version"],
        defaults={
            "document": agreement,
            "sha256": sha256,
            "sending": sending["institution"],
            "sending_program": sending["program"],
            "receiving": receiving["institution"],
            "valid_from": date.fromisoformat(agreement["valid_from"]),
            "valid_to": date.fromisoformat(ends) if ends else None,
            "recorded_at": now,
        },
    )
    if not created and row.sha256 != sha256:
        raise Refused("version_immutable", f"Version {row.version} is published. Publish the next version.")
    if created:
        _move(actor, row, agreement["status"], "published", now)
    return sha256


@transaction.atomic
def move_agreement(*, actor: Actor, agreement_id: str, version: int, to: Status, reason: str, now: datetime) -> Status:
    """Move a version in its life; the same move again changes nothing."""
    rows = AgreementVersionRow.objects.select_for_update().filter(agreement_id=agreement_id, version=version)
    row = rows.first()
    if row is None:
        raise NotFound("agreement_unknown", f"There is no version {version} of {agreement_id}.")
    permit(may_edit_agreement(actor, row.sending, row.receiving), "move this agreement")
    newest = row.moves.order_by("-at", "-id").first()
    standing = Status(newest.status) if newest else Status.DRAFT
    if standing == to:
        return standing
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the reason is part of the agreement's history.")
    _move(actor, row, next_status(standing, to), reason.strip(), now)
    return to


def _move(actor: Actor, row: AgreementVersionRow, status: str, reason: str, now: datetime) -> None:
    AgreementMoveRow.objects.create(agreement_version=row, status=status, actor_name=actor.name, reason=reason, at=now)
    subject = f"pathways.agreement:{row.agreement_id}"
    after = {"version": row.version, "status": status, "sha256": row.sha256}
    trail.record(actor=actor, verb="move_agreement", subject=subject, now=now, after=after, why=reason)
    outbox.publish(AgreementMoved(row.agreement_id, row.version, status, reason), now=now)


@transaction.atomic
def store_audit(
    *, actor: Actor, learner_id: UUID, record: Mapping[str, Any], agreement_id: str, on: date, now: datetime
) -> tuple[UUID, Audit]:
    """Judge a record under the agreement of the day and keep both, so that the answer can be replayed."""
    permit(actor.is_system or actor.is_person(learner_id), "have this record judged")
    agreement = agreement_on(agreement_id, on)
    found = audit_record(record, agreement.document, on)
    row = AuditRow.objects.create(
        learner_id=learner_id,
        agreement_id=agreement.id,
        version=agreement.version,
        sha256=agreement.sha256,
        on=on,
        record=record,
        result=found.as_json(),
        rules_version=RULES_VERSION,
        at=now,
    )
    return row.id, found
