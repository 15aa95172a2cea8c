"""Find and issue every program credential that is due: idempotent, resumable, one failure harms no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from uuid import UUID

import structlog

from linkspan.catalog.queries import program
from linkspan.catalog.rules import Program
from linkspan.credentials.actions.awards import award_program, prepare_awards, program_drafts
from linkspan.credentials.actions.claims import claim_drafts
from linkspan.credentials.actions.store import sign_claims
from linkspan.credentials.models import DECIDES, AwardRow, CredentialRow
from linkspan.credentials.queries import takes_four_eyes
from linkspan.credentials.queries.completions import program_completions
from linkspan.credentials.queries.held import standing_refusals
from linkspan.credentials.rules import AwardState, Completion, Failure, IssueKind, may_issue
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import permit
from linkspan.records.queries import learners_with
from linkspan.records.rules import GRADES

AT_ONCE = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: of `learners` with grades and without the credential, how many were looked at and issued to.

    `prepared` counts awards that wait for another person; `failed` learners keep what they had and are tried again.
    """

    learners: int
    looked_at: int = 0
    issued: int = 0
    prepared: int = 0
    failed: tuple[Failure, ...] = ()


def issue_missing(
    *, actor: Actor, program_key: str, now: datetime, report: Callable[[Progress], None] = lambda _: None
) -> Progress:
    """Issue to everybody who has completed the program and on whom nothing is decided yet, 500 in a transaction.

    Who holds the credential, or was refused it or had it revoked, is left to the staff.

    Where awards take four eyes they are prepared instead. Running it again, after an end or in the middle, issues what
    is still missing and nothing twice. `report` is called after each 500.
    """
    found = program(program_key, now.date())
    permit(may_issue(actor, found.institution), "issue credentials here")
    system = Actor(person_id=None, name="credentials", is_system=True)
    graded = {who for kind in GRADES for who in learners_with(system, kind, None)}
    return issue_to(actor=actor, found=found, learner_ids=graded, now=now, report=report)


def issue_to(
    *,
    actor: Actor,
    found: Program,
    learner_ids: Iterable[UUID],
    now: datetime,
    report: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """`issue_missing` for those of these learners who have completed the program and on whom nothing is decided."""
    permit(may_issue(actor, found.institution), "issue credentials here")
    waiting = sorted(set(learner_ids) - _decided(found.key))
    done = Progress(learners=len(waiting))
    for some in batched(waiting, AT_ONCE):
        done = _after(done, some, *_issued(actor, found, some, now))
        report(done)
    return done


def _decided(program_key: str) -> set[UUID]:
    """Who holds the credential of a program, waits for its approval, or was refused it."""
    held = CredentialRow.objects.filter(DECIDES, kind=IssueKind.PROGRAM, achievement_key=program_key)
    waiting = AwardRow.objects.filter(program_key=program_key, state=AwardState.WAITING)
    refused = standing_refusals().filter(program_key=program_key)
    return {who for rows in (held, waiting, refused) for who in rows.values_list("learner_id", flat=True)}


def _after(done: Progress, some: Sequence[UUID], issued: int, prepared: int, failed: list[Failure]) -> Progress:
    looked_at, failures = done.looked_at + len(some), (*done.failed, *failed)
    return Progress(done.learners, looked_at, done.issued + issued, done.prepared + prepared, failures)


def _issued(actor: Actor, found: Program, some: Sequence[UUID], now: datetime) -> tuple[int, int, list[Failure]]:
    system = Actor(person_id=None, name=f"credentials for {actor.name}", is_system=True)
    judged = program_completions(system, some, found.key, now)
    complete = {learner_id: how for learner_id, how in judged.items() if how.complete}
    unread = [
        Failure(learner_id, "fact_unusable", f"A grade on record cannot be read: {'; '.join(how.unusable)}")
        for learner_id, how in judged.items()
        if how.unusable and not how.complete
    ]
    if not complete:
        return 0, 0, unread
    if takes_four_eyes(found.institution):
        return 0, prepare_awards(actor=actor, found=found, learner_ids=list(complete), now=now), unread
    try:
        claims, failed = claim_drafts(
            actor=actor, code=found.institution, drafts=program_drafts(found, complete), now=now
        )
        told = sign_claims([claim.id for claim in claims], now)
        return len(told.rows), 0, [*unread, *failed, *told.failed]
    except Exception as error:  # noqa: BLE001 - each is then tried by itself
        log.warning("500 could not be issued together; they are issued one by one", error=str(error))
        issued, prepared, failed = _one_by_one(actor, found, complete, now)
        return issued, prepared, [*unread, *failed]


def _one_by_one(
    actor: Actor, found: Program, complete: dict[UUID, Completion], now: datetime
) -> tuple[int, int, list[Failure]]:
    made = each(
        complete,
        lambda learner_id: award_program(actor=actor, learner_id=learner_id, program_key=found.key, now=now),
        calls_out=True,
    )
    return len(made.done), 0, [Failure(one.one, one.code, one.message) for one in made.failed]
