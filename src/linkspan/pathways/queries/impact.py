"""Impact reports that were made, for the institution that made them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.pathways.models import AgreementVersionRow, ImpactRow
from linkspan.pathways.queries.agreements import status_of
from linkspan.pathways.queries.desk import institutions_of
from linkspan.pathways.queries.versions import AgreementVersion
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.network import is_public
from linkspan.pathways.rules.audit.record import status_on
from linkspan.pathways.rules.life.versions import OUTSIDE


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """A report as it was made: totals, and the people whom its maker may see."""

    id: UUID
    agreement_id: str
    version: int
    sha256: str
    institution: str
    made_by: str
    at: datetime
    result: Mapping[str, Any]


def impact_report(actor: Actor, report_id: UUID) -> ImpactReport:
    """One report of one's own institution; the people in it have no names (`actions.read_impact`)."""
    row = ImpactRow.objects.filter(id=report_id, institution__in=institutions_of(actor)).first()
    if row is None:
        raise NotFound("report_unknown", "There is no such report of your institution.")
    return _report(row)


def impact_reports(actor: Actor, agreement_id: str, version: int) -> tuple[ImpactReport, ...]:
    """Reports that one's own institution made of a version, newest first."""
    rows = ImpactRow.objects.filter(
        agreement_id=agreement_id, version=version, institution__in=institutions_of(actor)
    ).order_by("-at")
    return tuple(_report(row) for row in rows[:20])


def version_before(agreement_id: str, version: int, on: date) -> AgreementVersion | None:
    """What stood on a day before that version came: the newest earlier one that is public and in its period."""
    rows = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version__lt=version).order_by("-version")
    for row in rows.prefetch_related("moves"):
        found = replace(Agreement.read(row.document), status=status_of(row, on))
        if is_public(found, on) and status_on(found, on) not in OUTSIDE:
            return AgreementVersion(found, row.sha256)
    return None


def _report(row: ImpactRow) -> ImpactReport:
    return ImpactReport(
        row.id, row.agreement_id, row.version, row.sha256, row.institution, row.made_by, row.at, row.result
    )
