"""Results of a version for its staff: judgements, pass marks by each method, rulings and whom they change."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router, parts
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.queries import Alike, ChangedResult, Fast
from linkspan.exams.rules import Bounds, Effect, Judgement, Means, Method, Ruling, RulingState, Standard
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of

router = Router()


@dataclass(frozen=True, slots=True)
class RulingTold:
    """A ruling: `percent` and `method` of a pass mark, `item` and `key` of a question."""

    id: UUID
    exam: str
    version: int
    means: Means
    item: str
    key: tuple[str, ...]
    method: Method | None
    percent: Decimal | None
    reason: str
    state: RulingState
    proposed_by: str
    proposed_at: datetime
    adopted_by: str
    adopted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultChangeTold:
    """An attempt whose score or side changes; `released`: its learner knows the result, and is told."""

    attempt: UUID
    learner: UUID
    released: bool
    before: Decimal
    after: Decimal
    passed_before: bool
    passed_after: bool


@dataclass(frozen=True, slots=True)
class WholeRuling(RulingTold):
    """A ruling with what it changes, or changed; `seen` names that, for who adopts it."""

    attempts: int
    now_pass: int
    now_fail: int
    changes: tuple[ResultChangeTold, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class StandardTold:
    """What a method would give: null with a `why` where it gives nothing. The first is the pass mark now."""

    method: Method
    percent: Decimal | None
    judges: int
    error: Decimal | None
    attempts: int
    would_pass: int
    now_pass: int
    now_fail: int
    why: str


class BoundsIn(Posted):
    """In percent: least and highest pass mark, least and largest share that fails."""

    cut_least: Decimal
    cut_most: Decimal
    fail_least: Decimal
    fail_most: Decimal


class JudgementIn(Posted):
    """By question, how many of 100 learners who just pass have it right; bounds, or null to keep those given."""

    ratings: Annotated[dict[str, int], Field(max_length=2000)] = {}
    bounds: BoundsIn | None = None


class CutIn(Posted):
    """A pass mark in percent, how it was found, and why; learners read the reason."""

    method: Method
    percent: Decimal
    reason: str


class QuestionRulingIn(Posted):
    """What becomes of a question; `lines` is its right answer as it is typed at the desk, for rekey and also."""

    means: Means
    lines: str = ""
    reason: str


class SeenIn(Posted):
    """`seen` is that of the ruling that was looked at."""

    seen: str


@router.get("/exams/{code}/versions/{int:number}/judgement", operation_id="my_exam_judgement")
def judgement(request: Request, code: str, number: int) -> Judgement:
    """What the caller judged of a version."""
    return queries.judgement_of(request.actor, code, number)


@router.post("/exams/{code}/versions/{int:number}/judgement", operation_id="put_exam_judgement")
@idempotent
def put_judgement(request: Request, code: str, number: int, body: JudgementIn) -> None:
    """Judge questions and bounds; nobody else sees what one judge said."""
    bounds = body.bounds
    given = Bounds(bounds.cut_least, bounds.cut_most, bounds.fail_least, bounds.fail_most) if bounds else None
    actions.put_judgement(
        actor=request.actor, code=code, number=number, ratings=body.ratings, bounds=given, now=request.now
    )


@router.get("/exams/{code}/versions/{int:number}/standards", operation_id="exam_standards")
def standards(request: Request, code: str, number: int) -> tuple[StandardTold, ...]:
    """What the pass mark is, and what each method would give."""
    return tuple(_standard(one) for one in queries.standards(request.actor, code, number))


@router.get("/exams/{code}/versions/{int:number}/rulings", operation_id="exam_rulings")
def rulings(request: Request, code: str, number: int) -> tuple[RulingTold, ...]:
    """The rulings on a version, newest first."""
    return tuple(_ruling(one) for one in queries.rulings(request.actor, code, number))


@router.post("/exams/{code}/versions/{int:number}/pass-mark", operation_id="propose_exam_pass_mark")
@idempotent
def propose_cut(request: Request, code: str, number: int, body: CutIn) -> Made:
    """Propose a pass mark; another person adopts it."""
    made = actions.propose_cut(
        actor=request.actor,
        code=code,
        number=number,
        method=body.method,
        percent=body.percent,
        reason=body.reason,
        now=request.now,
    )
    return Made(made)


@router.post("/exams/{code}/versions/{int:number}/items/{item}/ruling", operation_id="propose_exam_ruling")
@idempotent
def propose_ruling(request: Request, code: str, number: int, item: str, body: QuestionRulingIn) -> Made:
    """Propose that a question is dropped, given to all or judged by another key; another person adopts it."""
    made = actions.propose_ruling(
        actor=request.actor,
        code=code,
        number=number,
        item=item,
        means=body.means,
        lines=body.lines,
        reason=body.reason,
        now=request.now,
    )
    return Made(made)


@router.get("/rulings/{uuid:ruling_id}", operation_id="exam_ruling")
def ruling(request: Request, ruling_id: UUID) -> WholeRuling:
    """A ruling with whose result it changes, who changes side first."""
    found = queries.ruling(request.actor, ruling_id)
    waits = found.state is RulingState.PROPOSED
    effect = queries.effect_of(ruling_id) if waits else queries.changed_by(request.actor, ruling_id)
    return WholeRuling(
        **parts(_ruling(found)),
        attempts=effect.attempts,
        now_pass=effect.now_pass,
        now_fail=effect.now_fail,
        changes=_changes(effect),
        seen=version_of(actions.effect_shown(effect)),
    )


@router.post("/rulings/{uuid:ruling_id}/adopt", operation_id="adopt_exam_ruling")
@idempotent
def adopt_ruling(request: Request, ruling_id: UUID, body: SeenIn) -> None:
    """Adopt what another person proposed; every attempt is worked out again."""
    actions.adopt_ruling(actor=request.actor, ruling_id=ruling_id, seen=body.seen, now=request.now)


@router.post("/rulings/{uuid:ruling_id}/withdraw", operation_id="withdraw_exam_ruling")
@idempotent
def withdraw_ruling(request: Request, ruling_id: UUID, body: Posted) -> None:
    """Withdraw a proposal that nobody adopted."""
    actions.withdraw_ruling(actor=request.actor, ruling_id=ruling_id, now=request.now)


@router.get("/attempts/{uuid:attempt_id}/changes", operation_id="exam_result_changes")
def changes(request: Request, attempt_id: UUID) -> tuple[ChangedResult, ...]:
    """How a released result changed since, oldest first."""
    return queries.changes_of(request.actor, attempt_id)


@router.get("/exams/{code}/versions/{int:number}/alike", operation_id="exam_answers_alike")
def alike(request: Request, code: str, number: int) -> Alike | None:
    """Pairs whose answers agree too often, with how many by chance alone; null where too few handed in. No verdict."""
    return queries.answers_alike(request.actor, code, number)


@router.get("/exams/{code}/versions/{int:number}/too-fast", operation_id="exam_answers_too_fast")
def too_fast(request: Request, code: str, number: int) -> Fast | None:
    """Who answered too fast to have read; null where too few answers have times. No verdict."""
    return queries.answers_too_fast(request.actor, code, number)


def _ruling(one: Ruling) -> RulingTold:
    return RulingTold(
        one.id,
        one.exam_code,
        one.version,
        one.means,
        one.item,
        one.key,
        one.method,
        one.percent,
        one.reason,
        one.state,
        one.proposed_by,
        one.proposed_at,
        one.adopted_by,
        one.adopted_at,
    )


def _changes(effect: Effect) -> tuple[ResultChangeTold, ...]:
    return tuple(
        ResultChangeTold(
            one.attempt_id,
            one.learner_id,
            one.released,
            one.before,
            one.after,
            one.passed_before,
            one.passed_after,
        )
        for one in effect.changes
    )


def _standard(one: Standard) -> StandardTold:
    effect = one.effect or Effect(0, 0, 0, ())
    told = (effect.attempts, effect.passing_after, effect.now_pass, effect.now_fail, one.why)
    return StandardTold(one.method, one.percent, one.judges, one.error, *told)
