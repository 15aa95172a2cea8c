"""Reads for who opens rounds and scores them: agreements of one's institutions, open intakes, the sheet of scores."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.admissions.models import ApplicationRow, IntakeRow, RoundRow
from linkspan.admissions.queries.intakes import as_intake, round_by_id
from linkspan.admissions.rules.applications import may_admit, may_open_round
from linkspan.admissions.rules.intakes import Intake
from linkspan.admissions.rules.seats import seat_terms
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import public
from linkspan.pathways.queries import AgreementVersion, agreements_on


def agreements_to_open(actor: Actor, now: datetime) -> tuple[AgreementVersion, ...]:
    """The agreements in force under which one may open rounds, by institution and title."""
    found = [agreement for agreement in agreements_on(now.date()) if may_open_round(actor, agreement.receiving)]
    return tuple(sorted(found, key=lambda agreement: (agreement.receiving, agreement.title, agreement.id)))


@public
def seat_terms_of(agreement: AgreementVersion) -> Mapping[str, Any]:
    """What an agreement says on equal scores and reserved seats (`rules.seats`); Unusable if no round can follow it."""
    return seat_terms(agreement.terms)


@public
def joinable_intakes() -> tuple[Intake, ...]:
    """Joint intakes that are not decided yet, newest first; they are public."""
    joint = IntakeRow.objects.filter(decided_at=None).exclude(id__in=RoundRow.objects.values("id"))
    rows = joint.prefetch_related("rounds").order_by("-id")[:200]
    return tuple(as_intake(row) for row in rows)


def score_sheet(actor: Actor, round_id: UUID) -> tuple[tuple[UUID, UUID, str, Decimal | None], ...]:
    """Every application of a round that is not withdrawn: id, learner, eligibility, score; for the admissions staff."""
    permit(may_admit(actor, round_by_id(round_id).institution), "list these applicants")
    rows = ApplicationRow.objects.filter(round_id=round_id).exclude(state="withdrawn").order_by("submitted_at", "id")
    return tuple(rows.values_list("id", "learner_id", "eligibility", "score"))
