"""Funnels: from completion to a seat, by round, and from the first course to joining, by cohort."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from linkspan.admissions.queries import learners_in_state, round_by_id, round_counts, standings
from linkspan.admissions.rules.applications import HOLDING, State
from linkspan.catalog.queries import program
from linkspan.catalog.rules import courses_of
from linkspan.credentials.rules import completion
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.outcomes.queries.reading import Records, graded_records, results_in
from linkspan.outcomes.rules.access import may_see_funnel
from linkspan.outcomes.rules.funnel import CohortFunnel, Elsewhere, Funnel, Walk, cohort_funnels
from linkspan.pathways.queries import Agreement, agreement_on, agreements_on, audits_of
from linkspan.pathways.rules.audit import USABLE, Audit

SYSTEM = system_actor("outcomes")


def funnel(actor: Actor, program_key: str, round_id: UUID, now: datetime) -> Funnel:
    """The funnel of a program's completers into a round's seats, and what the network offers those without one.

    Everything is read as it stood at that instant. Completers are counted over the grades of record, admissible by the
    audit engine over the records, admitted and without a seat by the round.
    """
    on = now.date()
    round_ = round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, on)
    sending = agreement.document["sending"]["institution"]
    permit(may_see_funnel(actor, agreement.receiving, sending), "see this funnel")
    tree = program(program_key, on).requirements
    read = graded_records(now)
    records = {who: record for who, record in read.items() if completion(tree, results_in(record)).complete}
    judged = dict(zip(records, audits_of(records.values(), agreement, on), strict=True))
    admissible = sum(1 for audit in judged.values() if audit.outcome == "met")
    counts = round_counts(round_id)
    left = learners_in_state(SYSTEM, round_id, State.NO_SEAT)
    without = [records[learner] for learner in left if learner in records]
    others = [a for a in agreements_on(on) if a.id != agreement.id and _same_source(a, agreement)]
    offers = [(other, audits_of(without, other, on)) for other in others]
    elsewhere = tuple(_elsewhere(other, audits) for other, audits in offers)
    reached = {number for _, audits in offers for number, audit in enumerate(audits) if _in_reach(audit)}
    admitted = sum(counts.get(state, 0) for state in (State.OFFERED, State.ACCEPTED, State.JOINED))
    without_seat = counts.get(State.NO_SEAT, 0)
    return Funnel(program_key, len(records), admissible, admitted, without_seat, elsewhere, len(reached))


def source_of(agreement: Agreement) -> str:
    """The key of the program from which an agreement leads."""
    sending = agreement.document["sending"]
    return f"{sending['institution']}/{sending['program']}"


def cohorts(actor: Actor, program_key: str, now: datetime, records: Records | None = None) -> tuple[CohortFunnel, ...]:
    """The funnel of each cohort of a program (the year of the first course passed), oldest first.

    Applied, admitted and joined count any school to which the program has an agreement. `records` is a reading of
    `graded_records` at that instant, if there is one already.
    """
    school, _, code = program_key.partition("/")
    permit(may_see_funnel(actor, school), "see this program's funnel")
    tree = program(program_key, now.date()).requirements
    keys = courses_of(tree)
    least = {key.partition("/")[2] for key in keys}
    leads = [a.id for a in agreements_on(now.date()) if source_of(a) == program_key]
    states: dict[UUID, set[State]] = {}
    for standing in standings(SYSTEM, leads):
        states.setdefault(standing.learner_id, set()).add(standing.state)
    walks = []
    for learner, record in (graded_records(now) if records is None else records).items():
        taken = [c for c in record["courses"] if c.get("institution") == school and c.get("id") in least]
        if not taken:
            continue
        complete = completion(tree, results_in(record)).complete
        walks.append(_walk(taken, complete, _holds(record, school, code), states.get(learner, set())))
    return cohort_funnels(program_key, walks)


def _holds(record: Mapping[str, Any], school: str, code: str) -> bool:
    return any((c["issuer"], c["program"], c["status"]) == (school, code, "active") for c in record["credentials"])


def _walk(taken: list[Mapping[str, Any]], complete: bool, holds: bool, states: set[State]) -> Walk:
    reached = {"started"}
    reached |= {"completed"} if complete else set()
    reached |= {"credential"} if holds else set()
    reached |= {"applied"} if states else set()
    reached |= {"admitted"} if states & HOLDING else set()
    reached |= {"joined"} if State.JOINED in states else set()
    return Walk(min(str(course["completed"]) for course in taken)[:4], frozenset(reached))


def _same_source(one: Agreement, other: Agreement) -> bool:
    return source_of(one) == source_of(other)


def _in_reach(audit: Audit) -> bool:
    """Met, or one thing away that a learner can do; terms that a school has not published are nothing to promise."""
    if audit.status != USABLE or any(item.kind == "terms" for item in audit.missing):
        return False
    return audit.outcome == "met" or len(audit.missing) == 1


def _elsewhere(agreement: Agreement, audits: tuple[Audit, ...]) -> Elsewhere:
    usable = [audit for audit in audits if audit.status == USABLE]
    return Elsewhere(
        agreement.id,
        agreement.receiving,
        agreement.title,
        sum(1 for audit in usable if audit.outcome == "met"),
        sum(1 for audit in usable if audit.outcome != "met" and _in_reach(audit)),
    )
