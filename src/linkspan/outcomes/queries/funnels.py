"""Funnels: from completion to a seat, by round, and from the first course to joining, by cohort."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from linkspan.admissions.queries import round_by_id, standings
from linkspan.admissions.rules import HOLDING, State
from linkspan.catalog.queries import program
from linkspan.catalog.rules import courses_of
from linkspan.credentials.rules import completion
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import public
from linkspan.kernel.record import Record
from linkspan.kernel.replica import may_be_late
from linkspan.outcomes.queries.keeping import Counted, kept
from linkspan.outcomes.queries.reading import Reading, Records, results_in
from linkspan.outcomes.rules.access import may_see_funnel
from linkspan.outcomes.rules.funnel import CohortFunnel, Elsewhere, Funnel, Walk, cohort_funnels
from linkspan.outcomes.rules.told import ToldCohort, ToldFunnel, tell_cohorts, tell_funnel
from linkspan.pathways.engines.columns import Bits
from linkspan.pathways.engines.population import Judgements, judge_population
from linkspan.pathways.queries import AgreementVersion, agreement_on, agreements_on
from linkspan.pathways.rules import RULES_VERSION
from linkspan.recognition.queries import degrees_conferred

SYSTEM = system_actor("outcomes")
ADMITTED = frozenset({State.OFFERED, State.ACCEPTED, State.JOINED})


@may_be_late
def funnel(actor: Actor, program_key: str, round_id: UUID, now: datetime) -> ToldFunnel:
    """The funnel of a program's completers into a round's seats, and what the network offers those without one.

    Everything is read as it stood at that instant. Completers are counted over the grades of record, admissible by the
    audit engine over the records, admitted and without a seat by the round.
    """
    return counted_funnel(actor, program_key, round_id, now, now).value


@may_be_late
def counted_funnel(
    actor: Actor, program_key: str, round_id: UUID, as_of: datetime, now: datetime
) -> Counted[ToldFunnel]:
    """The same as of an instant, with when it was counted: it is counted anew once anything in it has changed."""
    agreement = agreement_on(round_by_id(round_id).agreement_id, as_of.date())
    sending = agreement.terms.sending.institution
    permit(may_see_funnel(actor, agreement.receiving, sending), "see this funnel")
    counted = _counted(program_key, round_id, as_of, now)
    return Counted(tell_funnel(counted.value), counted.at)


@may_be_late
def exact_funnel(actor: Actor, program_key: str, round_id: UUID, now: datetime) -> Funnel:
    """The same with exact counts, for the system alone: people are told bands."""
    permit(actor.is_system, "see exact counts of people")
    return _counted(program_key, round_id, now, now).value


def _counted(program_key: str, round_id: UUID, as_of: datetime, now: datetime) -> Counted[Funnel]:
    on = as_of.date()
    round_ = round_by_id(round_id)
    agreement = agreement_on(round_.agreement_id, on)
    tree = program(program_key, on).requirements
    others = [a for a in agreements_on(on) if a.id != agreement.id and source_of(a) == source_of(agreement)]
    standing = {s.learner_id: s.state for s in standings(SYSTEM, [agreement.id]) if s.term == round_.term}
    seen = [(a.sha256, a.status_on(on)) for a in (agreement, *others)]
    reading = Reading(as_of)
    depends = (RULES_VERSION, program_key, tree, str(on), seen, reading.stamp, list(standing.items()))

    def count() -> Funnel:
        people = {w: r for w, r in reading.records.items() if completion(tree, results_in(r)).complete}
        judged, *offers = judge_population([a.terms for a in (agreement, *others)], list(people.values()), on)
        row_of = {learner: row for row, learner in enumerate(people)}
        left = [learner for learner, state in standing.items() if state == State.NO_SEAT]
        without = np.asarray([row_of[learner] for learner in left if learner in row_of], np.int64)
        reached = np.zeros(len(without), np.bool_)
        for offer in offers:
            reached |= _in_reach(offer)[without]
        admitted = [learner for learner, state in standing.items() if state in ADMITTED]
        cohort = partial(cohort_of, reading.records, program_key, tree)
        return Funnel(
            program_key,
            len(people),
            int(judged.met.sum()),
            len(admitted),
            len(left),
            tuple(_elsewhere(a, offer, without) for a, offer in zip(others, offers, strict=True)),
            int(reached.sum()),
            reading.unusable,
            tuple(Counter(map(cohort, people)).values()),
            tuple(Counter(map(cohort, admitted)).values()),
            len(standing),
            tuple(Counter(map(cohort, standing)).values()),
        )

    return kept("funnel-with-applied", depends, now, count)


@public
def source_of(agreement: AgreementVersion) -> str:
    """The key of the program from which an agreement leads."""
    return agreement.terms.sending.key


@may_be_late
def cohorts(actor: Actor, program_key: str, now: datetime, reading: Reading | None = None) -> tuple[ToldCohort, ...]:
    """The funnel of each cohort of a program (the year of the first course passed), oldest first.

    Applied, admitted, joined and conferred count any school to which the program has an agreement. `reading` is one of
    the records at that instant, if there is one already.
    """
    school, _, code = program_key.partition("/")
    permit(may_see_funnel(actor, school), "see this program's funnel")
    tree = program(program_key, now.date()).requirements
    read = reading or Reading(now)
    leads = [a.id for a in agreements_on(now.date()) if source_of(a) == program_key]
    standing = [(s.learner_id, s.state) for s in standings(SYSTEM, leads)]
    graduates = degrees_conferred(SYSTEM, agreement_ids=leads)

    def count() -> tuple[CohortFunnel, ...]:
        states: dict[UUID, set[State]] = {}
        for learner, state in standing:
            states.setdefault(learner, set()).add(state)
        walks = []
        for learner, record in read.records.items():
            cohort = cohort_of(read.records, program_key, tree, learner)
            if cohort:
                complete = completion(tree, results_in(record)).complete
                walk = _walk(cohort, complete, _holds(record, school, code), states.get(learner, set()))
                walks.append(replace(walk, reached=walk.reached | {"conferred"}) if learner in graduates else walk)
        return cohort_funnels(program_key, walks)

    depends = (program_key, tree, read.stamp, standing, sorted(map(str, graduates)))
    return tell_cohorts(kept("cohorts-with-degrees", depends, now, count).value)


def cohort_of(records: Records, program_key: str, tree: Mapping[str, Any], learner: UUID) -> str:
    """The year in which a learner passed the first of a program's courses; empty if none is on record."""
    school = program_key.partition("/")[0]
    least = {key.partition("/")[2] for key in courses_of(tree)}
    rows = records[learner]["courses"] if learner in records else ()
    years = [str(c["completed"])[:4] for c in rows if c.get("institution") == school and c.get("id") in least]
    return min(years, default="")


def _holds(record: Record, school: str, code: str) -> bool:
    return any((c["issuer"], c["program"], c["status"]) == (school, code, "active") for c in record["credentials"])


def _walk(cohort: str, complete: bool, holds: bool, states: set[State]) -> Walk:
    reached = {"started"}
    reached |= {"completed"} if complete else set()
    reached |= {"credential"} if holds else set()
    reached |= {"applied"} if states else set()
    reached |= {"admitted"} if states & HOLDING else set()
    reached |= {"joined"} if State.JOINED in states else set()
    return Walk(cohort, frozenset(reached))


def _in_reach(judged: Judgements) -> Bits:
    """Met, or one thing away that a learner can do; terms that a school has not published are nothing to promise."""
    near = (judged.met | (judged.open == 1)) & ~judged.silent
    return near if judged.usable else np.zeros_like(near)


def _elsewhere(agreement: AgreementVersion, judged: Judgements, without: NDArray[np.int64]) -> Elsewhere:
    met = judged.met[without] if judged.usable else np.zeros(len(without), np.bool_)
    near = _in_reach(judged)[without] & ~met
    return Elsewhere(agreement.id, agreement.receiving, agreement.title, int(met.sum()), int(near.sum()))
