"""Answer a course on trial, in a learner's place: what blocks remember stays with who tries, and counts nowhere."""

import copy
import json
from collections.abc import Mapping
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
from linkspan.courseware.queries import Preview, Rehearsal, State, eyes_of, place, preview, rehearsed
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
    for _ in range(MOST_TRIES):
        found, held, mine = _begun(actor, stage)
        here = place(found.course, found.root, name)
        blocks = show_place(here, found.viewer, mine, stage.at)
        mine |= drawn(found.course, found.viewer, found.draws)
        if _keep(actor, stage, held, Rehearsal(mine, held.shared), now):
            note_look(actor, found, stage.learner_id, name, stage.at, now)
            return Unit(here, blocks)
    raise _busy()


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
    for _ in range(MOST_TRIES):
        found, held, mine = _begun(actor, stage)
        block = problem_in(place(found.course, found.root, name).block, usage)
        if block is None:
            raise NotFound("problem_unknown", "There is no such problem in this unit.")
        outcome = try_act(runtime_of(found.course, found.viewer, mine, stage.at), block, act, answers or {}, index)
        if _keep(actor, stage, held, Rehearsal(mine, held.shared), now):
            return accepted(outcome, block)
    raise _busy()


def rehearse_block(*, actor: Actor, stage: Stage, name: str, usage: str, now: datetime) -> Part:
    """Return a block of a package as it stands in the actor's trial."""
    for _ in range(MOST_TRIES):
        found, held, mine = _begun(actor, stage)
        block, shared = part_in(place(found.course, found.root, name), usage), copy.deepcopy(held.shared)
        view = view_of(runtime_of(found.course, found.viewer, mine, stage.at, shared), block)
        if view is None or _keep(actor, stage, held, Rehearsal(mine, shared), now):
            return Part(block, view)
    raise _busy()


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
    for _ in range(MOST_TRIES):
        found, held, mine = _begun(actor, stage)
        block, shared = part_in(place(found.course, found.root, name), usage), copy.deepcopy(held.shared)
        runtime = runtime_of(found.course, found.viewer, mine, stage.at, shared)
        told = answer_of(runtime, block, handler, suffix, query, body)
        if _keep(actor, stage, held, Rehearsal(mine, shared), now):
            return told
    raise _busy()


@transaction.atomic
def begin_again(*, actor: Actor, stage: Stage) -> None:
    """Forget what the actor answered on trial in that place; where there is nothing, nothing changes."""
    preview(actor, stage.run_id, stage.learner_id, stage.at, stage.group)
    eyes = eyes_of(stage.learner_id, stage.group)
    RehearsalRow.objects.filter(actor_id=actor.own_id, run_id=stage.run_id, eyes=eyes).delete()


def _begun(actor: Actor, stage: Stage) -> tuple[Preview, Rehearsal, State]:
    """What is seen in the trial, what it remembers, and a copy of that to change."""
    found = preview(actor, stage.run_id, stage.learner_id, stage.at, stage.group, on_trial=True)
    held = rehearsed(actor, stage.run_id, stage.learner_id, stage.group)
    return found, held, copy.deepcopy(held.mine)


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


def _busy() -> Refused:
    return Refused("unit_busy", "This unit is open in many places at once. Load the page again.")
