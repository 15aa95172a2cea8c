"""What grades that came on record complete: claimed at once, so that nobody has to ask for it."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from linkspan.catalog.queries import programs_asking_for
from linkspan.catalog.rules import Program, names_of
from linkspan.credentials.actions.awards import claim_award
from linkspan.credentials.actions.batch import issue_to
from linkspan.credentials.actions.issue import claim_course_certificate
from linkspan.credentials.queries.completions import result_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import Refused
from linkspan.records.queries import facts_of, grades_imported, holders_of
from linkspan.records.rules import Fact, Kind, Misshapen

log = structlog.get_logger(__name__)


def claim_completed(*, actor: Actor, learner_id: UUID, kind: Kind, key: str, now: datetime) -> None:
    """Claim every program that a grade on record completes; what is not complete or was refused stays as it is."""
    facts = facts_of(actor, learner_id)
    graded = names_in(fact for fact in facts if (fact.kind, fact.key) == (kind, key))
    claim_programs(actor=actor, learner_id=learner_id, names=graded, now=now)


def claim_joined(*, actor: Actor, learner_id: UUID, now: datetime) -> None:
    """Claim every program that is complete by what two joined accounts hold together."""
    graded = names_in(
        fact for fact in facts_of(actor, learner_id) if fact.kind in (Kind.COURSE_GRADE, Kind.EXAM_RESULT)
    )
    claim_programs(actor=actor, learner_id=learner_id, names=graded, now=now)


def claim_programs(*, actor: Actor, learner_id: UUID, names: Collection[str], now: datetime) -> None:
    """Claim every program that asks for one of these courses, exams or programs, where the learner has completed it.

    A program whose credential is on record from elsewhere is left: its issuer has given it.
    """
    held = {(fact.data.get("issuer"), fact.data.get("program")) for fact in _active(facts_of(actor, learner_id))}
    for found in programs_asking_for(names, now.date()):
        if (found.institution, found.code) in held:
            continue
        try:
            claim_award(actor=actor, learner_id=learner_id, program_key=found.key, now=now)
        except Refused as no:
            log.info("no award", learner=str(learner_id), program=found.key, why=no.code, reasons=no.reasons)


def _active(facts: Iterable[Fact]) -> Iterable[Fact]:
    return (fact for fact in facts if fact.kind == Kind.CREDENTIAL and fact.data.get("status") == "active")


def names_in(facts: Iterable[Fact]) -> frozenset[str]:
    """The courses and exams that grades are of, as requirement trees name them; what cannot be read names nothing."""
    found = set()
    for fact in facts:
        with suppress(Misshapen):  # which the completion of each program tells
            found.add(result_of(fact).key)
    return frozenset(found)


def award_imported(*, actor: Actor, source: str, at: datetime, now: datetime) -> None:
    """Issue what the grades of an import complete, 500 at a time; again, what is still missing."""
    imported = grades_imported(actor, source, at)
    named = {learner_id: names_in(facts) for learner_id, facts in imported.items()}
    for found in programs_asking_for(frozenset().union(*named.values()), now.date()):
        concerned = _concerned(actor, found, named)
        done = issue_to(actor=actor, found=found, learner_ids=concerned, now=now)
        for failure in done.failed:
            log.warning("no award", learner=str(failure.learner_id), program=found.key, why=failure.code)
    runs = [
        (learner_id, fact.key)
        for learner_id, facts in imported.items()
        for fact in facts
        if fact.kind == Kind.COURSE_GRADE and fact.key.startswith("course-v1:")
    ]
    each(runs, lambda one: claim_course_certificate(actor=actor, learner_id=one[0], run_id=one[1], now=now))


def _concerned(actor: Actor, found: Program, named: dict[UUID, frozenset[str]]) -> list[UUID]:
    """Whom an import gave a grade that the program asks for, without those who hold its credential from elsewhere."""
    asked, held = names_of(found.requirements), set(holders_of(actor, found.institution, found.code))
    return [learner_id for learner_id, names in named.items() if names & asked and learner_id not in held]
