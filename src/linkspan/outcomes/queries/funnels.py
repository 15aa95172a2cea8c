"""Funnels: from completion to a seat, by round, and from the first course to joining, by cohort."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from linkspan.admissions.queries import learners_in_state, round_by_id, round_counts, standings
from linkspan.admissions.rules.applications import HOLDING, State
from linkspan.catalog.queries import program
from linkspan.catalog.rules import courses_of
from linkspan.credentials.rules import completion
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.outcomes.queries.keeping import Counted, kept
from linkspan.outcomes.queries.reading import Reading, results_in
from linkspan.outcomes.rules.access import may_see_funnel
from linkspan.outcomes.rules.funnel import CohortFunnel, Elsewhere, Funnel, Walk, cohort_funnels
from linkspan.pathways.engines.columns import Bits
from linkspan.pathways.engines.population import Judgements, judge_population
from linkspan.pathways.queries import Agreement, agreement_on, agreements_on
from linkspan.pathways.rules.meaning import RULES_VERSION

SYSTEM = system_actor("outcomes")


def funnel(actor: Actor, program_key: str, round_id: UUID, now: datetime) -> Funnel:
    """The funnel of a program's completers into a round's seats, and what the network offers those without one.

    Everything is read as it stood at that instant. Completers are counted over the grades of record, admissible by the
    audit engine over the records, admitted and without a seat by the round.
    """
    return counted_funnel(actor, program_key, round_id, now, now).value


def counted_funnel(actor: Actor, program_key: str, round_id: UUID, as_of: datetime, now: datetime) -> Counted[Funnel]:
    """The same as of an instant, with when it was counted: it is counted anew once anything in it has changed."""
    on = as_of.date()
    round_ = round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, on)
    sending = agreement.document["sending"]["institution"]
    permit(may_see_funnel(actor, agreement.receiving, sending), "see this funnel")
    tree = program(program_key, on).requirements
    others = [a for a in agreements_on(on) if a.id != agreement.id and source_of(a) == source_of(agreement)]
    left = learners_in_state(SYSTEM, round_id, State.NO_SEAT)
    counts = round_counts(round_id)
    seen = [(a.sha256, a.status_on(on)) for a in (agreement, *others)]
    reading = Reading(as_of)
    depends = (RULES_VERSION, program_key, tree, str(on), seen, reading.stamp, counts, left)

    def count() -> Funnel:
        people = {w: r for w, r in reading.records.items() if completion(tree, results_in(r)).complete}
        judged, *offers = judge_population([a.document for a in (agreement, *others)], list(people.values()), on)
        row_of = {learner: row for row, learner in enumerate(people)}
        without = np.asarray([row_of[learner] for learner in left if learner in row_of], np.int64)
        reached = np.zeros(len(without), np.bool_)
        for offer in offers:
            reached |= _in_reach(offer)[without]
        admitted = sum(counts.get(state, 0) for state in (State.OFFERED, State.ACCEPTED, State.JOINED))
        elsewhere = tuple(_elsewhere(a, offer, without) for a, offer in zip(others, offers, strict=True))
        totals = (len(people), int(judged.met.sum()), admitted, counts.get(State.NO_SEAT, 0))
        return Funnel(program_key, *totals, elsewhere, int(reached.sum()), reading.unusable)

    return kept("funnel", depends, now, count)


def source_of(agreement: Agreement) -> str:
    """The key of the program from which an agreement leads."""
    sending = agreement.document["sending"]
    return f"{sending['institution']}/{sending['program']}"


def cohorts(actor: Actor, program_key: str, now: datetime, reading: Reading | None = None) -> tuple[CohortFunnel, ...]:
    """The funnel of each cohort of a program (the year of the first course passed), oldest first.

    Applied, admitted and joined count any school to which the program has an agreement. `reading` is one of the records
    at that instant, if there is one already.
    """
    school, _, code = program_key.partition("/")
    permit(may_see_funnel(actor, school), "see this program's funnel")
    tree = program(program_key, now.date()).requirements
    read = reading or Reading(now)
    leads = [a.id for a in agreements_on(now.date()) if source_of(a) == program_key]
    standing = [(s.learner_id, s.state) for s in standings(SYSTEM, leads)]

    def count() -> tuple[CohortFunnel, ...]:
        states: dict[UUID, set[State]] = {}
        for learner, state in standing:
            states.setdefault(learner, set()).add(state)
        least = {key.partition("/")[2] for key in courses_of(tree)}
        walks = []
        for learner, record in read.records.items():
            taken = [c for c in record["courses"] if c.get("institution") == school and c.get("id") in least]
            if taken:
                complete = completion(tree, results_in(record)).complete
                walks.append(_walk(taken, complete, _holds(record, school, code), states.get(learner, set())))
        return cohort_funnels(program_key, walks)

    return kept("cohorts", (program_key, tree, read.stamp, standing), now, count).value


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


def _in_reach(judged: Judgements) -> Bits:
    """Met, or one thing away that a learner can do; terms that a school has not published are nothing to promise."""
    near = (judged.met | (judged.open == 1)) & ~judged.silent
    return near if judged.usable else np.zeros_like(near)


def _elsewhere(agreement: Agreement, judged: Judgements, without: NDArray[np.int64]) -> Elsewhere:
    met = judged.met[without] if judged.usable else np.zeros(len(without), np.bool_)
    near = _in_reach(judged)[without] & ~met
    return Elsewhere(agreement.id, agreement.receiving, agreement.title, int(met.sum()), int(near.sum()))
