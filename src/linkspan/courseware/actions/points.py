"""Points that people decide: set those of a subsection for a learner, score a problem's answers again for everybody."""

import copy
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import batched
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from linkspan.catalog.queries import course_run
from linkspan.courseware.actions.states import MOST_TRIES, keep_if_unchanged, keep_score, points, problem_of, runtime_of
from linkspan.courseware.actions.units import tell_busy
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.told import Published
from linkspan.courseware.events import PointsChanged, RescoreAsked, RescoreTaken
from linkspan.courseware.models import RescoreRow, ScoreChangeRow, ScoreRow, SetPointsRow, StateRow
from linkspan.courseware.queries import (
    State,
    course_of,
    draws_of,
    grade_by,
    points_run,
    rescore,
    scores_of,
    set_points_in,
    taught_row,
    viewer_for,
)
from linkspan.courseware.rules import (
    Block,
    PointsEffect,
    RescoreState,
    ScoreChange,
    check_points,
    check_reason,
    part_of,
    points_effect,
    sides,
)
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, Refused, Unusable

log = structlog.get_logger(__name__)
AT_ONCE = 200


def try_points(
    *, actor: Actor, run_id: str, learner_id: UUID, usage: str, earned: Decimal | None, now: datetime
) -> PointsEffect:
    """What setting the points of a subsection (id or url_name) would do to a learner's grade; nothing is kept."""
    points_run(actor, run_id)
    if not is_enrolled(learner_id, run_id):
        raise Unusable("not_enrolled", "This person does not study in this run.")
    if earned is not None and not earned.is_finite():
        raise Unusable("points_no_number", "Give points as a number, such as 7.5.")
    course = course_of(run_id)
    part = part_of(course.root, usage)
    scores, draws = scores_of(learner_id, run_id), draws_of(learner_id, course)
    held = set_points_in(run_id, [learner_id]).get(learner_id, {})
    others = {one: value for one, value in held.items() if one != part.id}
    wanted = others if earned is None else others | {part.id: earned}
    viewer = viewer_for(learner_id, course)
    before, after = (grade_by(course, viewer, scores, draws, now, by_hand) for by_hand in (held, wanted))
    if all(one.usage != part.id for one in before.subsections):
        raise Unusable("part_not_seen", "This learner does not see this subsection now.")
    effect = points_effect(part.title or part.name, part.id, before, after)
    if earned is not None:
        check_points(earned, effect.possible)
    return effect


@transaction.atomic
def set_points(
    *, actor: Actor, run_id: str, learner_id: UUID, usage: str, earned: Decimal | None, reason: str, now: datetime
) -> PointsEffect:
    """Have these points of a subsection count for a learner from now on, who is told; None: what she answered counts.

    Grades on record never move. The same points again change nothing.
    """
    run, part = points_run(actor, run_id), part_of(course_of(run_id).root, usage)
    check_reason(reason)
    effect = try_points(actor=actor, run_id=run_id, learner_id=learner_id, usage=part.id, earned=earned, now=now)
    held = set_points_in(run_id, [learner_id]).get(learner_id, {}).get(part.id)
    if held == earned:
        return effect
    SetPointsRow.objects.create(
        learner_id=learner_id, run_id=run_id, usage=part.id, earned=earned, reason=reason, by=actor.name, at=now
    )
    audit.record(
        actor=actor,
        verb="set_points",
        subject=f"accounts.user:{learner_id}",
        now=now,
        before={"points": str(held) if held is not None else None},
        after={"run": run_id, "subsection": part.id, "points": str(earned) if earned is not None else None},
        why=reason,
        institution=run.course.institution,
    )
    outbox.publish(PointsChanged(learner_id, run_id, run.title, effect.part, reason), now=now)
    return effect


@transaction.atomic
def ask_rescore(*, actor: Actor, run_id: str, usage: str, only_higher: bool, reason: str, now: datetime) -> UUID:
    """Have the answers to a problem (id or url_name) scored again on trial by the version that is taught now.

    Nothing counts before somebody read whose points change. Refused while the problem is on trial already.
    """
    run, course, taught = points_run(actor, run_id), course_of(run_id), taught_row(run_id)
    check_reason(reason)
    problem = _problem(course, usage)
    try:
        with transaction.atomic():
            row = RescoreRow.objects.create(
                run_id=run_id,
                institution=run.course.institution,
                usage=problem.id,
                title=(problem.title or problem.name)[:200],
                only_higher=only_higher,
                reason=reason,
                against=taught.sha256 if taught else "",
                by=actor.name,
                at=now,
            )
    except IntegrityError:
        raise Refused("rescore_open", "This problem is being scored again already. Decide on that first.") from None
    _note(actor, "try_rescore", row, now, reason)
    outbox.publish(RescoreAsked(row.id), now=now)
    return row.id


def try_rescore(*, rescore_id: UUID, now: datetime) -> None:
    """Score everybody's answers, keep nothing of it but whose points would change; again, it begins anew."""
    row = RescoreRow.objects.filter(id=rescore_id, state=RescoreState.WAITING).first()
    if row is None:
        return
    course = course_of(row.run_id)
    problem = _found(course, row.usage)
    if problem is None:
        RescoreRow.objects.filter(id=row.id).update(state=RescoreState.UNUSABLE)
        return
    scores = ScoreRow.objects.filter(run_id=row.run_id, usage=row.usage).order_by("learner_id")
    learners = list(scores.values_list("learner_id", flat=True))
    RescoreRow.objects.filter(id=row.id).update(whole=len(learners), done=0)
    changes: list[ScoreChange] = []
    failed = 0
    for number, ids in enumerate(batched(learners, AT_ONCE), 1):
        states = {one.learner_id: one.state for one in _states(row, ids)}
        for held in _scores(row, ids):
            state = {row.usage: copy.deepcopy(states.get(held.learner_id, {}))}
            try:
                after = _scored(course, problem, held, state, row.only_higher, now)
            except Unusable:
                failed += 1
                continue
            if after is not None and points(after.earned) != held.earned:
                changes.append(ScoreChange(held.learner_id, held.earned, points(after.earned), points(after.possible)))
        RescoreRow.objects.filter(id=row.id).update(done=min(number * AT_ONCE, len(learners)))
    higher, lower = sides(changes)
    with transaction.atomic():
        ScoreChangeRow.objects.filter(rescore_id=row.id).delete()
        ScoreChangeRow.objects.bulk_create(
            [
                ScoreChangeRow(
                    rescore_id=row.id,
                    learner_id=one.learner_id,
                    before=one.before,
                    after=one.after,
                    possible=one.possible,
                )
                for one in changes
            ],
            batch_size=500,
        )
        taught = taught_row(row.run_id)
        RescoreRow.objects.filter(id=row.id, state=RescoreState.WAITING).update(
            state=RescoreState.TRIED,
            failed=failed,
            higher=higher,
            lower=lower,
            against=taught.sha256 if taught else "",
        )


@transaction.atomic
def take_rescore(*, actor: Actor, rescore_id: UUID, now: datetime) -> None:
    """Have a scoring count that was tried and read; those concerned are told. Grades on record never move."""
    found = rescore(actor, rescore_id)
    if found.state in (RescoreState.COUNTING, RescoreState.COUNTED):
        return
    if not found.may_count:
        raise Refused("rescore_outdated", "Nothing would change, or another version is taught now. Try it again.")
    claimed = RescoreRow.objects.filter(id=rescore_id, state=RescoreState.TRIED)
    if not claimed.update(state=RescoreState.COUNTING, taken_by=actor.name, taken_at=now, done=0):
        raise Refused("rescore_outdated", "Somebody decided on this in the meantime.")
    row = RescoreRow.objects.get(id=rescore_id)
    _note(actor, "take_rescore", row, now, row.reason)
    outbox.publish(RescoreTaken(row.id), now=now)


def count_rescore(*, rescore_id: UUID, now: datetime) -> None:
    """Score those again whose points change, and keep it; who answered since is scored by the newest answer.

    Cut short, it goes on with who is left.
    """
    row = RescoreRow.objects.filter(id=rescore_id, state=RescoreState.COUNTING).first()
    if row is None:
        return
    course, title = course_of(row.run_id), course_run(row.run_id).title
    problem = _found(course, row.usage)
    left = ScoreChangeRow.objects.filter(rescore_id=row.id, counted_at=None).order_by("learner_id")
    for number, change in enumerate(list(left), 1):
        if problem is not None:
            _count(row, course, problem, change, title, now)
        if number % AT_ONCE == 0:
            RescoreRow.objects.filter(id=row.id).update(done=number)
    RescoreRow.objects.filter(id=row.id).update(state=RescoreState.COUNTED, done=row.whole)


def _count(row: RescoreRow, course: Course, problem: Block, change: ScoreChangeRow, title: str, now: datetime) -> None:
    """Score one learner's newest answer and keep it; what cannot be scored stays as it is."""
    for _ in range(MOST_TRIES):
        before = {one.usage: one.state for one in _states(row, [change.learner_id])}
        state = copy.deepcopy(before)
        (held,) = _scores(row, [change.learner_id])
        try:
            after = _scored(course, problem, held, state, row.only_higher, now)
        except Unusable:
            after = None
        if _keep(row, change, before, state, after, title, now):
            return
    raise Busy("unit_busy", "This learner keeps answering. The scoring goes on later.")


@transaction.atomic
def _keep(
    row: RescoreRow,
    change: ScoreChangeRow,
    before: State,
    state: State,
    after: Published | None,
    title: str,
    now: datetime,
) -> bool:
    """Keep what a scoring found and that this learner is done; False if another request was there first."""
    learner_id = change.learner_id
    if after is not None:
        if not keep_if_unchanged(learner_id, row.run_id, before, state, [row.usage], now):
            return False
        (held,) = _scores(row, [learner_id])
        keep_score(learner_id, row.run_id, after, now)
        if held.earned != points(after.earned):
            outbox.publish(PointsChanged(learner_id, row.run_id, title, row.title, row.reason), now=now)
    ScoreChangeRow.objects.filter(id=change.id).update(counted_at=now)
    return True


def _scored(
    course: Course, problem: Block, held: ScoreRow, state: State, only_higher: bool, now: datetime
) -> Published | None:
    """The grade event of a learner's newest answer, with the state after it; None where none stands or it loses.

    Unusable where the problem cannot score it.
    """
    viewer = viewer_for(held.learner_id, course)
    try:
        found = problem_of(runtime_of(course, viewer, state, now), problem).score_again()
    except Exception as error:  # an author's problem may fail in any way
        tell_busy(error)
        log.warning("an answer could not be scored again", usage=problem.id, run=course.run_id, exc_info=True)
        raise Unusable("not_scored", "This answer could not be scored.") from error
    if found is None or (only_higher and found.earned * float(held.possible) < float(held.earned) * found.possible):
        return None
    return found


def _states(row: RescoreRow, learners: Sequence[UUID]) -> Sequence[StateRow]:
    return list(StateRow.objects.filter(run_id=row.run_id, usage=row.usage, learner_id__in=learners))


def _scores(row: RescoreRow, learners: Sequence[UUID]) -> Sequence[ScoreRow]:
    found = ScoreRow.objects.filter(run_id=row.run_id, usage=row.usage, learner_id__in=learners)
    return list(found.order_by("learner_id"))


def _problem(course: Course, usage: str) -> Block:
    found = _found(course, usage)
    if found is None:
        raise Unusable("problem_unknown", "This course has no problem {name}.", name=usage[:80])
    return found


def _found(course: Course, usage: str) -> Block | None:
    problems = (block for block in course.root.walk() if block.type == "problem")
    return next((block for block in problems if usage in (block.id, block.name)), None)


def _note(actor: Actor, verb: str, row: RescoreRow, now: datetime, why: str) -> None:
    after = {"run": row.run_id, "problem": row.usage, "only_higher": row.only_higher}
    subject = f"courseware.rescore:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=why, institution=row.institution)


@transaction.atomic
def discard_rescore(*, actor: Actor, rescore_id: UUID, now: datetime) -> None:
    """Throw a scoring away that does not count; every score stays."""
    found = rescore(actor, rescore_id)
    if found.state in (RescoreState.COUNTING, RescoreState.COUNTED):
        raise Refused("rescore_counts", "This scoring counts already.")
    row = RescoreRow.objects.get(id=rescore_id)
    _note(actor, "discard_rescore", row, now, "")
    row.delete()
