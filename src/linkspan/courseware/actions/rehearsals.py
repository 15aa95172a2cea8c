"""Answer a course on trial, in a learner's place: what blocks remember stays with who tries, and counts nowhere."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.courseware.actions.parts import Part, answer_of, check_call, part_in, view_of
from linkspan.courseware.actions.previews import note_look
from linkspan.courseware.actions.problems import Act, accepted, check_size, problem_in, try_act
from linkspan.courseware.actions.states import MOST_TRIES, runtime_of
from linkspan.courseware.actions.units import Unit, drawn, show_place
from linkspan.courseware.engines.told import Answered, Outcome
from linkspan.courseware.models import RehearsalRow
from linkspan.courseware.queries import Preview, Rehearsal, eyes_of, place, preview, rehearsed
from linkspan.courseware.rules import Block
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable

#: What one trial remembers in all, as JSON.
LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Stage:
    """In whose place somebody answers on trial, and when: as a fresh learner where `learner_id` is None."""

    run_id: str
    at: datetime
    learner_id: UUID | None = None
    group: str = ""


def rehearse_unit(*, actor: Actor, stage: Stage, name: str, now: datetime) -> Unit:
    """Return a unit as it stands in the actor's trial; what showing draws is kept with the trial alone."""

    def show(found: Preview, trial: Rehearsal) -> Unit:
        here = place(found.course, found.root, name)
        blocks = show_place(here, found.viewer, trial.mine, stage.at)
        trial.mine.update(drawn(found.course, found.viewer, found.draws))
        return Unit(here, blocks)

    found, unit = _tried(actor, stage, now, show)
    note_look(actor, found, stage.learner_id, name, stage.at, now)
    return unit


def rehearse_act(
    *,
    actor: Actor,
    stage: Stage,
    name: str,
    usage: str,
    act: Act,
    now: datetime,
    answers: Mapping[str, object] | None = None,
    index: int = 0,
) -> Outcome:
    """Do one act at a problem on trial; Refused or Unusable says why the block does not take it."""
    check_size(answers)

    def answer(found: Preview, trial: Rehearsal) -> tuple[Outcome, Block]:
        block = problem_in(place(found.course, found.root, name).block, usage)
        if block is None:
            raise NotFound("problem_unknown", "There is no such problem in this unit.")
        runtime = runtime_of(found.course, found.viewer, trial.mine, stage.at)
        return try_act(runtime, block, act, answers or {}, index), block

    return accepted(*_tried(actor, stage, now, answer)[1])


def rehearse_block(*, actor: Actor, stage: Stage, name: str, usage: str, now: datetime) -> Part:
    """Return a block of a package as it stands in the actor's trial."""

    def show(found: Preview, trial: Rehearsal) -> Part:
        block = part_in(place(found.course, found.root, name), usage)
        return Part(block, view_of(runtime_of(found.course, found.viewer, trial.mine, stage.at, trial.shared), block))

    return _tried(actor, stage, now, show, keeps=lambda part: part.view is not None)[1]


def rehearse_call(
    *,
    actor: Actor,
    stage: Stage,
    name: str,
    usage: str,
    handler: str,
    now: datetime,
    suffix: str = "",
    query: str = "",
    body: bytes | None = None,
) -> Answered:
    """Answer what the script of a block asks of it on trial; nobody else's count of it changes."""
    check_call(handler, suffix, query, body)

    def call(found: Preview, trial: Rehearsal) -> Answered:
        block = part_in(place(found.course, found.root, name), usage)
        runtime = runtime_of(found.course, found.viewer, trial.mine, stage.at, trial.shared)
        return answer_of(runtime, block, handler, suffix, query, body)

    return _tried(actor, stage, now, call)[1]


@transaction.atomic
def begin_again(*, actor: Actor, stage: Stage) -> None:
    """Forget what the actor answered on trial in that place; where there is nothing, nothing changes."""
    preview(actor, stage.run_id, stage.learner_id, stage.at, stage.group)
    eyes = eyes_of(stage.learner_id, stage.group)
    RehearsalRow.objects.filter(actor_id=actor.own_id, run_id=stage.run_id, eyes=eyes).delete()


def _tried[T](
    actor: Actor,
    stage: Stage,
    now: datetime,
    act: Callable[[Preview, Rehearsal], T],
    keeps: Callable[[T], bool] = lambda _told: True,
) -> tuple[Preview, T]:
    """What is seen in the trial, and what an act on it returns that may change a copy of what the trial remembers.

    The copy is kept; where another request of the trial was there first, the act is done anew on what that one left.
    """
    for _ in range(MOST_TRIES):
        found = preview(actor, stage.run_id, stage.learner_id, stage.at, stage.group, on_trial=True)
        held = rehearsed(actor, stage.run_id, stage.learner_id, stage.group)
        trial = copy.deepcopy(held)
        told = act(found, trial)
        if not keeps(told) or _keep(actor, stage, held, trial, now):
            return found, told
    raise Refused("unit_busy", "This unit is open in many places at once. Load the page again.")


@transaction.atomic
def _keep(actor: Actor, stage: Stage, before: Rehearsal, after: Rehearsal, now: datetime) -> bool:
    """Keep what changed; False if another request of the same trial was there first."""
    after = Rehearsal(*({usage: one for usage, one in all_.items() if one} for all_ in (after.mine, after.shared)))
    if after == before:
        return True
    if len(json.dumps([after.mine, after.shared])) > LARGEST:
        raise Unusable("state_too_large", "This trial would remember too much. Begin again.")
    key = {"actor_id": actor.own_id, "run_id": stage.run_id, "eyes": eyes_of(stage.learner_id, stage.group)}
    RehearsalRow.objects.bulk_create([RehearsalRow(**key, at=now)], ignore_conflicts=True)
    row = RehearsalRow.objects.select_for_update().get(**key)
    if (row.mine, row.shared) != (before.mine, before.shared):
        return False
    row.mine, row.shared, row.at = after.mine, after.shared, now
    row.save(update_fields=["mine", "shared", "at"])
    return True
