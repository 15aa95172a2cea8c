"""Whose outcome would be another one by the present rules: offers and posted credit stand, and a person may look."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.paging import Page, page_of
from linkspan.pathways.models import AgreementVersionRow, AuditRow
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import audit_under
from linkspan.pathways.rules.language.meaning import RULES_VERSION
from linkspan.pathways.rules.life.versions import judging_from

type Documents = Mapping[tuple[str, int], Agreement]


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
    permit(_oversees(actor) or own, "list the audits that would differ")
    documents = _documents(None if institution is None else {institution})
    yield from _differing(_judged_earlier(documents).iterator(chunk_size=500), documents)


def differing_page(actor: Actor, *, number: int = 1, size: int = 100) -> Page[Differing]:
    """The same, of so many stored audits a page, so that a page judges no more: often few of them differ, or none.

    Auditors read of every institution, registrars of their own. `total` counts what there is to judge.
    """
    schools = actor.institutions_as("registrar")
    permit(_oversees(actor) or bool(schools), "list the audits that would differ")
    documents = _documents(None if _oversees(actor) else schools)
    rows = _judged_earlier(documents)
    page = page_of(rows, rows.count(), lambda row: row, number=number, size=size)
    return Page(tuple(_differing(page.rows, documents)), page.number, page.size, page.total)


def _oversees(actor: Actor) -> bool:
    return actor.is_system or actor.has_role("auditor")


def _documents(schools: Collection[str] | None) -> Documents:
    """Every version received by one of those institutions; by any for None."""
    rows = AgreementVersionRow.objects.all()
    return {
        (row.agreement_id, row.version): Agreement.read(row.document)
        for row in (rows if schools is None else rows.filter(receiving__in=schools))
    }


def _judged_earlier(documents: Documents) -> QuerySet[AuditRow]:
    """The newest audit of each learner under each of the agreements, where earlier rules judged it; newest first."""
    same = AuditRow.objects.filter(learner_id=OuterRef("learner_id"), agreement_id=OuterRef("agreement_id"))
    newer = same.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), id__gt=OuterRef("id")))
    rows = AuditRow.objects.filter(~Exists(newer), agreement_id__in={key for key, _ in documents})
    return rows.exclude(rules_version=RULES_VERSION).order_by("-at", "-id")


def _differing(rows: Iterable[AuditRow], documents: Documents) -> Iterator[Differing]:
    for row in rows:
        found = _compared(row, documents[row.agreement_id, row.version])
        if (found.before, found.credits_before) != (found.after, found.credits_after):
            yield found


def _compared(row: AuditRow, terms: Agreement) -> Differing:
    now = audit_under(judging_from(terms, row.result), row.record, row.on)
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
