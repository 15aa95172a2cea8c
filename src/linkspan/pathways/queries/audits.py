"""Whose outcome would be another one by the present rules: offers and posted credit stand, and a person may look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.pathways.models import AgreementVersionRow, AuditRow
from linkspan.pathways.rules.audit import audit_under
from linkspan.pathways.rules.meaning import RULES_VERSION
from linkspan.pathways.rules.versions import judging_from


@dataclass(frozen=True, slots=True)
class Differing:
    """A stored audit, the newest of a learner under an agreement, that the present rules would answer otherwise."""

    audit_id: UUID
    learner_id: UUID
    agreement_id: str
    version: int
    on: date
    rules_version: str
    before: str
    after: str
    credits_before: Decimal
    credits_after: Decimal


def differing_audits(actor: Actor, institution: str | None = None) -> Iterator[Differing]:
    """Those judged by earlier rules whose outcome or credits would differ now, one at a time; auditors and the system.

    Of one receiving institution, its registrars may ask.
    """
    own = institution is not None and actor.has_role("registrar", institution)
    permit(actor.is_system or actor.has_role("auditor") or own, "list the audits that would differ")
    documents = {(row.agreement_id, row.version): row.document for row in AgreementVersionRow.objects.all()}
    seen: set[tuple[UUID, str]] = set()
    for row in AuditRow.objects.order_by("-at", "-id").iterator(chunk_size=500):
        key, document = (row.learner_id, row.agreement_id), documents[row.agreement_id, row.version]
        if key in seen or (institution is not None and document["receiving"]["institution"] != institution):
            continue
        seen.add(key)
        if row.rules_version != RULES_VERSION:
            found = _compared(row, document)
            if (found.before, found.credits_before) != (found.after, found.credits_after):
                yield found


def _compared(row: AuditRow, document: Any) -> Differing:
    now = audit_under(judging_from(document, row.result), row.record, row.on)
    before = sum((Decimal(str(one["credits"])) for one in row.result["recognised"]), Decimal(0))
    return Differing(
        row.id,
        row.learner_id,
        row.agreement_id,
        row.version,
        row.on,
        row.rules_version,
        row.result["outcome"],
        now.outcome.value,
        before,
        sum((one.credits for one in now.recognised), Decimal(0)),
    )
