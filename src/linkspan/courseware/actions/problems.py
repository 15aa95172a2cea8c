"""Act on a problem: submit, save, reset, ask for a hint or the answer."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import transaction

from linkspan.courseware.actions.states import MOST_TRIES, keep_if_unchanged, keep_score, points, problem_of, runtime_of
from linkspan.courseware.actions.units import needs_sandbox, tell_busy
from linkspan.courseware.engines.told import Outcome, Result
from linkspan.courseware.models import AttemptRow
from linkspan.courseware.queries import State, course_for, draws_of, seen, states_of, viewer_of
from linkspan.courseware.rules import Block
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable

if TYPE_CHECKING:
    from linkspan.courseware.engines.problems import Problem
    from linkspan.courseware.engines.runtime import CourseRuntime

log = structlog.get_logger(__name__)
#: All that is handed in at a problem at once, in characters: what an author's page remembers is kept in each attempt.
LARGEST_ANSWERS = 200_000


class Act(StrEnum):
    """What a learner may do at a problem."""

    SUBMIT = "submit"
    SAVE = "save"
    RESET = "reset"
    HINT = "hint"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class ProblemResult:
    """What a submission earned, raw points."""

    usage: str
    earned: Decimal
    possible: Decimal
    outcome: Outcome

    @property
    def correct(self) -> bool:
        """Whether it is all right."""
        return self.possible > 0 and self.earned == self.possible


def submit_problem(
    *, actor: Actor, run_id: str, usage: str, answers: Mapping[str, Any], now: datetime
) -> ProblemResult:
    """Answer a problem of a run that one studies; it is graded by the block itself, and the attempt is kept.

    `answers` maps an input (`2_1`) to a text, a list or an object. A blank answer is refused and costs nothing.
    """
    outcome = act_on_problem(actor=actor, run_id=run_id, usage=usage, act=Act.SUBMIT, answers=answers, now=now)
    published = outcome.published
    if published is None:
        raise Refused("not_graded", "This problem gave no points. Nothing was counted; tell the course's staff.")
    return ProblemResult(usage, points(published.earned), points(published.possible), outcome)


def act_on_problem(
    *,
    actor: Actor,
    run_id: str,
    usage: str,
    act: Act,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    index: int = 0,
) -> Outcome:
    """Do one act at a problem and keep what it changes; Refused or Unusable says why the block does not take it."""
    check_size(answers)
    course = course_for(actor, run_id)
    viewer = viewer_of(actor, course)
    block = problem_in(seen(course, viewer, draws_of(actor.person_id, course), now), usage)
    if block is None or actor.person_id is None:
        raise NotFound("problem_unknown", "There is no such problem in this course, or it is not open to you now.")
    for _ in range(MOST_TRIES):
        before = states_of(actor.person_id, run_id, [usage])
        state = copy.deepcopy(before)
        outcome = try_act(runtime_of(course, viewer, state, now), block, act, answers or {}, index)
        if _keep(actor.person_id, run_id, before, state, outcome, answers or {}, now):
            return accepted(outcome, block)
    raise Refused("problem_busy", "This problem is being answered in many places at once. Try again.")


def check_size(answers: Mapping[str, object] | None) -> None:
    """Unusable where more is handed in at once than is kept."""
    if sum(len(str(value)) for value in (answers or {}).values()) > LARGEST_ANSWERS:
        raise Unusable("answer_too_long", "This answer is too long to be kept. Nothing was counted.")


def try_act(runtime: "CourseRuntime", block: Block, act: Act, answers: Mapping[str, object], index: int) -> Outcome:
    """What the block makes of an act, in the runtime's state; Refused or Unusable where it fails."""
    try:
        problem = problem_of(runtime, block)
        if act is Act.SUBMIT and problem.is_blank(answers):
            raise Unusable("answer_blank", "Answer the question first. Nothing was counted.")
        return _done(problem, act, answers, index)
    except LinkspanError:
        raise
    except Exception as error:  # an author's problem may fail in any way
        tell_busy(error)
        log.warning("a problem failed", usage=block.id, run=str(runtime.course_key), exc_info=True)
        raise Refused("problem_not_available", _reason(block)) from error


@transaction.atomic
def _keep(
    learner_id: UUID,
    run_id: str,
    before: State,
    state: State,
    outcome: Outcome,
    answers: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Keep the state, the score and, for a graded answer, the attempt; False if another request was there first."""
    (usage,) = state
    if not keep_if_unchanged(learner_id, run_id, before, state, [usage], now):
        return False
    published = outcome.published
    if published is not None:
        keep_score(learner_id, run_id, published, now)
    if published is not None and outcome.result.graded:
        AttemptRow.objects.create(
            learner_id=learner_id,
            run_id=run_id,
            usage=usage,
            earned=points(published.earned),
            possible=points(published.possible),
            answers=dict(answers),
            at=now,
        )
    return True


def problem_in(root: Block, usage: str) -> Block | None:
    """The problem of that id in what somebody sees; None if it is not there."""
    return next((block for block in root.walk() if block.id == usage and block.type == "problem"), None)


def _done(problem: "Problem", act: Act, answers: Mapping[str, Any], index: int) -> Outcome:
    match act:
        case Act.SUBMIT:
            return problem.submit(answers)
        case Act.SAVE:
            return problem.save(answers)
        case Act.RESET:
            return problem.reset()
        case Act.HINT:
            return problem.hint(index)
        case Act.ANSWERS:
            return problem.answers()


def accepted(outcome: Outcome, block: Block) -> Outcome:
    """The outcome, or what the block says against the act."""
    if outcome.result is Result.REFUSED:
        raise Refused("act_refused", "{message} Nothing was counted.", message=outcome.message)
    if outcome.result is Result.MESSAGE and needs_sandbox(block):
        raise Refused("problem_not_available", _reason(block))
    if outcome.result is Result.MESSAGE:
        raise Unusable("answer_not_accepted", _plain(outcome.message))
    return outcome


def _reason(block: Block) -> str:
    if needs_sandbox(block):
        return "This problem is checked by Python, which is not available here. Nothing was counted."
    return "This problem could not be graded. Nothing was counted; tell the course's staff."


def _plain(message: str) -> str:
    return message if len(message) < 200 else "The answer could not be read. Check its form and try again."
