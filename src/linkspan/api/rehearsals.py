"""A course answered on trial by its staff, in a learner's place; it counts nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime

from linkspan.api.answers import Router
from linkspan.api.courseware import PreviewedUnit, previewed
from linkspan.api.once import Posted, idempotent
from linkspan.courseware import actions
from linkspan.courseware.actions import Stage
from linkspan.kernel.request import Request

router = Router()


class StageIn(Posted):
    """In whose place, and when: a learner of the run or a fresh one, also as a member of a content group."""

    at: AwareDatetime | None = None
    learner_id: UUID | None = None
    group: str = ""


class TriedIn(StageIn):
    """An act at a problem of the unit; `answers` maps an input (`2_1`) to a text or a list."""

    usage: str
    act: actions.Act = actions.Act.SUBMIT
    answers: Mapping[str, str | list[str]] = {}
    index: int = 0


@dataclass(frozen=True, slots=True)
class TriedAnswer:
    """What came of it; points where the answer was graded."""

    result: str
    message: str
    earned: Decimal | None
    possible: Decimal | None


@router.post("/runs/{run_id}/units/{name}", operation_id="rehearse_unit")
@idempotent
def unit(request: Request, run_id: str, name: str, body: StageIn) -> PreviewedUnit:
    """A unit as it stands in one's own trial. For the staff of the run."""
    stage = _stage(request, run_id, body)
    return previewed(actions.rehearse_unit(actor=request.actor, stage=stage, name=name, now=request.now))


@router.post("/runs/{run_id}/units/{name}/answer", operation_id="rehearse_act")
@idempotent
def act(request: Request, run_id: str, name: str, body: TriedIn) -> TriedAnswer:
    """Do one act at a problem on trial: no attempt is used, no point counts. For the staff of the run."""
    outcome = actions.rehearse_act(
        actor=request.actor,
        stage=_stage(request, run_id, body),
        name=name,
        usage=body.usage,
        act=body.act,
        answers=body.answers,
        index=body.index,
        now=request.now,
    )
    points = outcome.published
    earned, possible = (Decimal(str(points.earned)), Decimal(str(points.possible))) if points else (None, None)
    return TriedAnswer(outcome.result.value, outcome.message, earned, possible)


@router.post("/runs/{run_id}/begin-again", operation_id="begin_trial_again")
@idempotent
def again(request: Request, run_id: str, body: StageIn) -> None:
    """Forget what one answered on trial in that place."""
    actions.begin_again(actor=request.actor, stage=_stage(request, run_id, body))


def _stage(request: Request, run_id: str, body: StageIn) -> Stage:
    return Stage(run_id, body.at or request.now, body.learner_id, body.group)
