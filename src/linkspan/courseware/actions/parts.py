"""Blocks of packages: show one in its frame, and answer what its own script asks of it there."""

import copy
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import transaction

from linkspan.courseware.actions.states import MOST_TRIES, keep_if_unchanged, keep_score, runtime_of
from linkspan.courseware.engines.told import Answered, PartView, Published
from linkspan.courseware.models import SharedStateRow
from linkspan.courseware.queries import Place, State, course_for, draws_of, place, seen, states_of, viewer_of
from linkspan.courseware.rules import Block, Viewer
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable

if TYPE_CHECKING:
    from linkspan.courseware.engines.runtime import CourseRuntime

log = structlog.get_logger(__name__)
HANDLER = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)
LARGEST_BODY = 100_000
#: What a block may keep of one learner, or of all together, as JSON.
LARGEST_STATE = 500_000


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a package with its view; None where it failed to show itself."""

    block: Block
    view: PartView | None


def open_block(*, actor: Actor, run_id: str, name: str, usage: str, now: datetime) -> Part:
    """Return a block of a unit as its learner sees it now; what showing it changes is kept."""
    course, viewer, block = _found(actor, run_id, name, usage, now)
    for _ in range(MOST_TRIES):
        before, shared = _states(actor, run_id, usage)
        state, together = copy.deepcopy(before), copy.deepcopy(shared)
        view = view_of(runtime_of(course.course, viewer, state, now, together), block)
        if view is None or _keep(actor.person_id, run_id, usage, (before, state), (shared, together), [], now):
            return Part(block, view)
    raise Refused("unit_busy", "This unit is open in many places at once. Load the page again.")


def view_of(runtime: "CourseRuntime", block: Block) -> PartView | None:
    """The view of a block of a package; None if it fails."""
    from linkspan.courseware.engines import packages

    try:
        return packages.view_of(runtime.load_block(block))
    except Exception:  # a package, or what an author wrote for it, may fail in any way
        log.warning("a block could not be shown", usage=block.id, run=str(runtime.course_key), exc_info=True)
        return None


def handle_block(
    *,
    actor: Actor,
    run_id: str,
    name: str,
    usage: str,
    handler: str,
    now: datetime,
    suffix: str = "",
    query: str = "",
    body: bytes | None = None,
) -> Answered:
    """Answer what the script of a block asks of it, as its own learner; state, grades and shared counts are kept.

    `body` None: it is asked for something; else it is told something, mostly JSON.
    """
    check_call(handler, suffix, query, body)
    here, viewer, block = _found(actor, run_id, name, usage, now)
    if actor.person_id is None:
        raise NotFound("block_unknown", "There is no such part in this unit.")
    for _ in range(MOST_TRIES):
        before, shared = _states(actor, run_id, usage)
        state, together = copy.deepcopy(before), copy.deepcopy(shared)
        runtime = runtime_of(here.course, viewer, state, now, together)
        told = answer_of(runtime, block, handler, suffix, query, body)
        if _keep(actor.person_id, run_id, usage, (before, state), (shared, together), runtime.published, now):
            return told
    raise Refused("unit_busy", "This unit is open in many places at once. Load the page again.")


def check_call(handler: str, suffix: str, query: str, body: bytes | None) -> None:
    """Unusable for what no script of a block sends."""
    if not HANDLER.fullmatch(handler) or len(body or b"") + len(suffix) + len(query) > LARGEST_BODY:
        raise Unusable("handler_unusable", "This cannot be sent to this part of the course.")


def answer_of(
    runtime: "CourseRuntime", block: Block, handler: str, suffix: str, query: str, body: bytes | None
) -> Answered:
    """What a block answers its script, in the runtime's state; NotFound or Refused where it cannot."""
    from xblock.exceptions import NoSuchHandlerError

    from linkspan.courseware.engines import packages

    try:
        return packages.answer_of(runtime, runtime.load_block(block), handler, suffix, query, body)
    except NoSuchHandlerError as error:
        raise NotFound("handler_unknown", "This part of the course has no such act.") from error
    except LinkspanError:
        raise
    except Exception as error:  # as above
        log.warning("a block failed", usage=block.id, run=str(runtime.course_key), handler=handler, exc_info=True)
        raise Refused(
            "block_failed", "This part of the course failed. Nothing was kept; tell the course staff."
        ) from error


def _found(actor: Actor, run_id: str, name: str, usage: str, now: datetime) -> tuple[Place, Viewer, Block]:
    """A block of a package in a unit that the actor sees now."""
    course = course_for(actor, run_id)
    viewer = viewer_of(actor, course)
    here = place(course, seen(course, viewer, draws_of(actor.person_id, course), now), name)
    return here, viewer, part_in(here, usage)


def part_in(here: Place, usage: str) -> Block:
    """The block of a package of that id in a unit; NotFound if it is not there."""
    from linkspan.courseware.engines.packages import package_class

    block = next((leaf for leaf in here.leaves if leaf.id == usage and package_class(leaf.type)), None)
    if block is None:
        raise NotFound("block_unknown", "There is no such part in this unit.")
    return block


def _states(actor: Actor, run_id: str, usage: str) -> tuple[State, State]:
    """What a block remembers of the actor, and of all together."""
    mine = states_of(actor.person_id, run_id, [usage]) if actor.person_id else {}
    row = SharedStateRow.objects.filter(run_id=run_id, usage=usage).first()
    return mine, ({usage: row.state} if row else {})


@transaction.atomic
def _keep(
    learner_id: UUID | None,
    run_id: str,
    usage: str,
    mine: tuple[State, State],
    shared: tuple[State, State],
    published: list[Published],
    now: datetime,
) -> bool:
    """Keep what changed and the newest grade; False if another request was there first."""
    for before, after in (mine, shared):
        if before.get(usage, {}) != after.get(usage, {}) and len(json.dumps(after[usage])) > LARGEST_STATE:
            raise Unusable("state_too_large", "This part of the course would remember too much. Nothing was kept.")
    together = shared[1].get(usage, {})
    if together != shared[0].get(usage, {}) and not _keep_shared(
        run_id, usage, shared[0].get(usage, {}), together, now
    ):
        transaction.set_rollback(True)
        return False
    state = mine[1].get(usage, {})
    if learner_id is None:
        return True
    if state != mine[0].get(usage, {}) and not keep_if_unchanged(learner_id, run_id, *mine, [usage], now):
        transaction.set_rollback(True)
        return False
    if published:
        keep_score(learner_id, run_id, published[-1], now)
    return True


def _keep_shared(run_id: str, usage: str, before: dict[str, object], after: dict[str, object], now: datetime) -> bool:
    SharedStateRow.objects.bulk_create(
        [SharedStateRow(run_id=run_id, usage=usage, changed_at=now)], ignore_conflicts=True
    )
    row = SharedStateRow.objects.select_for_update().get(run_id=run_id, usage=usage)
    if row.state != before:
        return False
    row.state, row.changed_at = after, now
    row.save(update_fields=["state", "changed_at"])
    return True
