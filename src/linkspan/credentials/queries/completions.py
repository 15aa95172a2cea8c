"""How far learners are in programs, on the grades of record."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linkspan.catalog.queries import program, program_versions, versions_of_programs
from linkspan.catalog.rules import Program, programs_of
from linkspan.credentials.models import DECIDES, CredentialRow, GradingPolicyRow
from linkspan.credentials.rules import (
    Completion,
    CredentialState,
    Grade,
    GradingPolicy,
    IssueKind,
    Result,
    best_completion,
    completion,
    grading_policy,
    program_grade,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.records.queries import facts_of_many, grades_of_record
from linkspan.records.rules import CourseGrade, ExamResult, Fact, Misshapen, shape_of


def program_completion(actor: Actor, learner_id: UUID, program_key: str, on: datetime) -> Completion:
    """How far a learner is in a program, by the catalogue year that serves them best among those open to them."""
    facts = grades_of_record(actor, learner_id)
    return _judged(program_key, on.date(), {learner_id: facts})[learner_id]


def completions_of(
    actor: Actor, learner_id: UUID, program_keys: Collection[str], on: datetime
) -> dict[str, Completion]:
    """How far a learner is in each of some programs, in few queries."""
    facts = {learner_id: grades_of_record(actor, learner_id)}
    versions = versions_of_programs(program_keys, on.date())
    policies = _policies(program_keys, on.date())
    return {
        key: _judged(key, on.date(), facts, versions.get(key, ()), policies.get(key))[learner_id]
        for key in program_keys
    }


def program_completions(
    actor: Actor, learner_ids: Iterable[UUID], program_key: str, on: datetime
) -> dict[UUID, Completion]:
    """The same for many learners in few queries, for jobs of the system and auditors."""
    return _judged(program_key, on.date(), facts_of_many(actor, learner_ids))


def _judged(
    program_key: str,
    on: date,
    facts: Mapping[UUID, Iterable[Fact]],
    versions: tuple[Program, ...] | None = None,
    policy: GradingPolicy | None = None,
) -> dict[UUID, Completion]:
    """Judge by the versions and the policy that were read; without versions both are read here."""
    if versions is None:
        versions, policy = program_versions(program_key, on), _policies([program_key], on).get(program_key)
    if not versions:
        raise NotFound("program_unknown", "There is no program {program_key}.", program_key=program_key)
    nested = _trees(versions[0].requirements, on)
    held, barred = _held_programs(list(facts)) if nested else ({}, {})
    judged = {}
    for learner_id, found in facts.items():
        graded, unusable = _results(found)
        results = [*graded, *held.get(learner_id, ())]
        began = min((result.on for result in results), default=on)
        open_to = [v for n, v in enumerate(versions) if n == 0 or began < versions[n - 1].valid_from]
        best = best_completion(
            [
                completion(
                    v.requirements,
                    results,
                    on=on,
                    programs=nested,
                    catalogue_year=v.catalogue_year,
                    barred=barred.get(learner_id),
                )
                for v in open_to
            ]
        )
        best = best.graded(_grade(policy, best, results)) if policy and best.complete else best
        judged[learner_id] = replace(best, unusable=unusable)
    return judged


def _results(facts: Iterable[Fact]) -> tuple[list[Result], tuple[str, ...]]:
    """The grades that can be read, and what is wrong with the others: a bad one stops nobody."""
    results, unusable = list[Result](), list[str]()
    for fact in facts:
        try:
            results.append(result_of(fact))
        except Misshapen as error:
            unusable.append(f"{fact.key}: {error}")
    return results, tuple(unusable)


def _trees(tree: Mapping[str, Any], on: date) -> dict[str, Mapping[str, Any]]:
    """The trees of the programs that a tree names, at any depth."""
    found: dict[str, Mapping[str, Any]] = {}
    waiting = list(programs_of(tree))
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = program(key, on).requirements
            waiting += programs_of(found[key])
    return found


def _held_programs(learner_ids: list[UUID]) -> tuple[dict[UUID, list[Result]], dict[UUID, dict[str, str]]]:
    """The programs whose credential counts, and those whose credential was revoked or is suspended, with why."""
    rows = CredentialRow.objects.filter(DECIDES, learner_id__in=learner_ids, kind=IssueKind.PROGRAM)
    held: dict[UUID, list[Result]] = {}
    barred: dict[UUID, dict[str, str]] = {}
    for learner_id, key, state, at in rows.values_list("learner_id", "achievement_key", "state", "awarded_at"):
        if state == CredentialState.ACTIVE:
            held.setdefault(learner_id, []).append(Result(key, None, at.date(), passed=True))
        else:
            barred.setdefault(learner_id, {})[key] = f"its credential is {state}"
    return held, barred


def _policies(program_keys: Collection[str], on: date) -> dict[str, GradingPolicy]:
    """The policy of each program that is in force on the day; programs without one are left out."""
    rows = GradingPolicyRow.objects.filter(program_key__in=list(program_keys), valid_from__lte=on)
    newest = {row.program_key: row for row in rows.order_by("valid_from")}
    return {key: grading_policy(row.data) for key, row in newest.items()}


def _grade(policy: GradingPolicy, judged: Completion, results: Iterable[Result]) -> Grade:
    """The program's own grade, over the keys that counted."""
    kinds = {part.key: part.kind for part in judged.counted if part.kind in ("course", "exam")}
    keyed: dict[str, dict[str, list[Result]]] = {"course": {}, "exam": {}}
    for result in results:
        if result.key in kinds:
            keyed[kinds[result.key]].setdefault(result.key, []).append(result)
    return program_grade(policy, keyed["course"], keyed["exam"])


def result_of(fact: Fact) -> Result:
    """A grade of record as completion reads it; what the record does not state stays unknown.

    Misshapen if it cannot be read: such a fact came on record before facts were checked.
    """
    shape = shape_of(fact.kind, fact.data)
    if isinstance(shape, ExamResult):
        return Result(shape.id, shape.percent, shape.taken, shape.letter, shape.passed)
    assert isinstance(shape, CourseGrade)
    return Result(f"{shape.institution}/{shape.id}", shape.percent, shape.completed, shape.letter, shape.passed)
