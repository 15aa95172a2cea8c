"""Who is in a degree, what of it is open today, and what holds its conferral back as the school says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from linkspan.accounts.queries import people_by_id
from linkspan.finance.queries import unpaid_at
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import granted
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules import Agreement
from linkspan.recognition.models import CaseRow, ConferralHoldsRow, ConferralRow, CreditAwardRow, CreditChangeRow
from linkspan.recognition.queries.credit import SYSTEM, agreement_of, award
from linkspan.recognition.rules.by_hand import ChangeState
from linkspan.recognition.rules.conferral import (
    STANDING,
    USUAL_HOLDS,
    DegreeAudit,
    HoldKind,
    degree_audit,
    may_confer,
)
from linkspan.recognition.rules.plan import degree_plan, taken_courses
from linkspan.records.queries import learner_records

#: What each hold is called where it stands in the way.
HOLDS: Mapping[HoldKind, Phrase] = {
    HoldKind.UNPAID: Phrase("a charge of the school is not paid"),
    HoldKind.CASE: Phrase("a recognition case is open"),
    HoldKind.EXCEPTION: Phrase("an exception of credit waits for a second person"),
    HoldKind.NAME: Phrase("the legal name was not checked"),
}


@dataclass(frozen=True, slots=True)
class Graduand:
    """Somebody in a degree, with the audit of it today and what holds its conferral back."""

    learner_id: UUID
    application_id: UUID
    institution: str
    program: str
    title: str
    catalogue_year: int | None
    agreement_id: str
    version: int
    audit: DegreeAudit
    holds: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether the degree can be conferred."""
        return self.audit.complete and not self.holds

    @property
    def open(self) -> tuple[str, ...]:
        """All that stands in the way: what is missing, then what holds back."""
        return (*self.audit.missing, *self.holds)


@granted
def judged(application_ids: Collection[UUID]) -> dict[UUID, Graduand]:
    """The degree of each application judged today, in few queries; none of who holds no credit in it."""
    held: dict[UUID, list[CreditAwardRow]] = {}
    for row in CreditAwardRow.objects.filter(application_id__in=application_ids).order_by("posted_at", "number"):
        held.setdefault(row.application_id, []).append(row)
    learners = {rows[0].learner_id for rows in held.values()}
    records = learner_records(SYSTEM, learners) if learners else {}
    terms = {_degree_of(rows[0]): rows[0] for rows in held.values()}
    agreements = {key: agreement_of(row) for key, row in terms.items()}
    held_back = _held_back({one: rows[0] for one, rows in held.items()})
    return {
        one: _graduand(rows, agreements[_degree_of(rows[0])], records[rows[0].learner_id], held_back[one])
        for one, rows in held.items()
    }


def _degree_of(row: CreditAwardRow) -> tuple[str, int, int | None]:
    return row.agreement_id, row.version, row.catalogue_year


def _graduand(rows: Sequence[CreditAwardRow], terms: Agreement, record: Record, holds: tuple[str, ...]) -> Graduand:
    given, first = [award(row) for row in rows], rows[0]
    plan = degree_plan(terms, given, taken_courses(terms, record, given))
    return Graduand(
        first.learner_id,
        first.application_id,
        first.institution,
        terms.receiving.program,
        terms.receiving.name,
        first.catalogue_year,
        first.agreement_id,
        first.version,
        degree_audit(terms, plan, record, given),
        holds,
    )


def _held_back(firsts: Mapping[UUID, CreditAwardRow]) -> dict[UUID, tuple[str, ...]]:
    """What holds the degree of each application back, as its school says."""
    learners: dict[str, set[UUID]] = {}
    for row in firsts.values():
        learners.setdefault(row.institution, set()).add(row.learner_id)
    asked = {school: holds_at(school) for school in learners}
    unpaid = {school: unpaid_at(school, people) for school, people in learners.items()}
    cases = set(_applications(CaseRow.objects.filter(closed_at=None), firsts))
    waiting = set(_applications(CreditChangeRow.objects.filter(state=ChangeState.WAITING), firsts))
    people = people_by_id({row.learner_id for row in firsts.values()})
    found: dict[UUID, tuple[str, ...]] = {}
    for one, row in firsts.items():
        true = {
            HoldKind.UNPAID: row.learner_id in unpaid[row.institution],
            HoldKind.CASE: one in cases,
            HoldKind.EXCEPTION: one in waiting,
            HoldKind.NAME: row.learner_id in people and not people[row.learner_id].legal_name,
        }
        here = asked[row.institution]
        found[one] = tuple(Sentence(kind, HOLDS[kind]) for kind in HoldKind if true[kind] and kind in here)
    return found


def _applications(rows: QuerySet[Any], ids: Collection[UUID]) -> QuerySet[Any]:
    return rows.filter(application_id__in=list(ids)).values_list("application_id", flat=True)


@granted
def holds_at(institution: str) -> frozenset[HoldKind]:
    """What holds a conferral back at a school."""
    row = ConferralHoldsRow.objects.filter(institution=institution).first()
    return USUAL_HOLDS if row is None else frozenset(HoldKind(one) for one in row.holds)


def conferral_holds(actor: Actor, institution: str) -> tuple[HoldKind, ...]:
    """The same for the school's registrars, in order."""
    permit(may_confer(actor, institution), "see what holds degrees back here")
    chosen = holds_at(institution)
    return tuple(one for one in HoldKind if one in chosen)


def degrees_at(actor: Actor, institution: str) -> dict[str, str]:
    """The degrees of the school that somebody is in, by code, with their titles, in the order of these."""
    permit(may_confer(actor, institution), "see who has completed a degree here")
    found = {terms.receiving.program: terms.receiving.name for terms in _agreements(institution).values()}
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def graduands(actor: Actor, institution: str, program: str = "") -> tuple[Graduand, ...]:
    """Everybody in a degree of the school who does not hold it and stands on no list: who is ready comes first."""
    permit(may_confer(actor, institution), "see who has completed a degree here")
    standing = ConferralRow.objects.filter(institution=institution, state__in=STANDING)
    holders = set(standing.values_list("learner_id", "program"))
    rows = CreditAwardRow.objects.filter(institution=institution).exclude(learner_id=actor.own_id)
    told = rows.order_by().values_list("application_id", "learner_id", *KEYS).distinct()
    programs = {key: terms.receiving.program for key, terms in _agreements(institution).items()}
    ids = {
        one
        for one, learner, *key in told
        if (learner, here := programs[tuple(key)]) not in holders and program in ("", here)
    }
    found = judged(ids).values()
    return tuple(sorted(found, key=lambda one: (len(one.audit.missing), len(one.holds), str(one.learner_id))))


#: What says by which terms a degree is studied.
KEYS = ("agreement_id", "version", "catalogue_year")


def _agreements(institution: str) -> dict[tuple[Any, ...], Agreement]:
    """The terms by which somebody is in a degree of the school."""
    keys = CreditAwardRow.objects.filter(institution=institution).order_by().values_list(*KEYS).distinct()
    return {key: agreement_of(CreditAwardRow(**dict(zip(KEYS, key, strict=True)))) for key in keys}
