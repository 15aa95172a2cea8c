"""Open a unit: show its blocks to a learner, and keep what showing drew."""

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import transaction

from linkspan.courseware.actions.states import MOST_TRIES, keep_if_unchanged, problem_of, runtime_of
from linkspan.courseware.engines import sandbox
from linkspan.courseware.engines.markup import as_html
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.told import TAUGHT, Shown
from linkspan.courseware.queries import Place, State, course_for, draws_of, place, seen, states_of, viewer_of
from linkspan.courseware.rules import CHOOSING, LINK, Block, Viewer, drawing, link_to
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, LinkspanError, Refused

if TYPE_CHECKING:
    from linkspan.courseware.engines.runtime import CourseRuntime
    from linkspan.courseware.engines.videos import ShownVideo

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A leaf of a unit as shown: its HTML, or in `note` why there is none; `problem` or `video` if it is one.

    `firsts`: links to what has to be done before a closed part opens, where its author's message has none.
    `has_frame`: a block of a package, which its own frame shows (`open_block`).
    """

    id: str
    type: str
    title: str
    html: str
    note: str = ""
    problem: Shown | None = None
    video: "ShownVideo | None" = None
    firsts: tuple[str, ...] = ()
    has_frame: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its place in the course, shown to one learner."""

    place: Place
    blocks: tuple[ShownBlock, ...]


def open_unit(*, actor: Actor, run_id: str, name: str, now: datetime) -> Unit:
    """Return a unit as its learner sees it now; what showing draws (variants, bank problems) is kept.

    Refused if other requests of the same learner keep changing the unit.
    """
    course = course_for(actor, run_id)
    viewer = viewer_of(actor, course)
    for _ in range(MOST_TRIES):
        draws = draws_of(actor.person_id, course)
        here = place(course, seen(course, viewer, draws, now), name)
        before = _remembered(actor.person_id, course, here, draws)
        state = copy.deepcopy(before)
        blocks = show_place(here, viewer, state, now)
        state |= drawn(course, viewer, draws)
        changed = sorted(usage for usage in state if state[usage] and state[usage] != before.get(usage))
        if not changed or actor.person_id is None or _keep(actor.person_id, run_id, before, state, changed, now):
            return Unit(here, blocks)
    raise Refused("unit_busy", "This unit is open in many places at once. Load the page again.")


def _remembered(learner_id: UUID | None, course: Course, here: Place, draws: State) -> State:
    found = states_of(learner_id, course.run_id, [leaf.id for leaf in here.leaves]) if learner_id else {}
    return {**draws, **found}


@transaction.atomic
def _keep(learner_id: UUID, run_id: str, before: State, after: State, changed: list[str], now: datetime) -> bool:
    return keep_if_unchanged(learner_id, run_id, before, after, changed, now)


def drawn(course: Course, viewer: Viewer, draws: State) -> State:
    """What the banks and experiments of the course draw for a viewer, where that is new."""
    if viewer.is_staff:
        return {}
    found = {block.id: drawing(block, viewer, draws) for block in course.root.walk() if block.type in CHOOSING}
    return {usage: dict(new) for usage, new in found.items() if new is not None and new != draws.get(usage)}


def show_place(here: Place, viewer: Viewer, state: State, now: datetime) -> tuple[ShownBlock, ...]:
    """Return the leaves of a unit as the page shows them, with what is closed in it; `state` as in `show_blocks`."""
    closed = {leaf.id: _closed(leaf, here) for leaf in here.leaves if leaf.is_closed}
    shown = show_blocks(here.course, tuple(leaf for leaf in here.leaves if not leaf.is_closed), viewer, state, now)
    by_id = {block.id: block for block in shown} | closed
    return tuple(by_id[leaf.id] for leaf in here.leaves)


def _closed(leaf: Block, here: Place) -> ShownBlock:
    """A conditional block until it opens: the author's message, once for each thing to do first if it names them."""
    found = (here.firsts[one] for one in leaf.awaits if one in here.firsts)
    firsts = tuple(link_to(one.name, one.title) for one in found)
    message = leaf.settings.condition.message if leaf.settings.condition else ""
    if LINK not in message:
        return ShownBlock(leaf.id, leaf.type, leaf.title, as_html(message), "closed", firsts=firsts)
    told = (as_html(message.replace(LINK, one)) for one in firsts)
    html = "".join(f"<p>{one}</p>" for one in told)
    return ShownBlock(leaf.id, leaf.type, leaf.title, html, "closed")


def show_blocks(
    course: Course, leaves: tuple[Block, ...], viewer: Viewer, state: State, now: datetime
) -> tuple[ShownBlock, ...]:
    """Return leaves as the page shows them; `state` is changed by what showing draws."""
    runtime = runtime_of(course, viewer, state, now)
    return tuple(_shown(course, runtime, leaf, state) for leaf in leaves)


def _shown(course: Course, runtime: "CourseRuntime", leaf: Block, state: State) -> ShownBlock:
    if leaf.type not in TAUGHT:
        from linkspan.courseware.engines.packages import package_class

        found = package_class(leaf.type) is not None
        return ShownBlock(leaf.id, leaf.type, leaf.title, "", "" if found else "unsupported", has_frame=found)
    try:
        if leaf.type == "problem":
            shown = problem_of(runtime, leaf).shown()
            return ShownBlock(leaf.id, leaf.type, leaf.title or shown.title, shown.html, "", shown)
        if leaf.type == "video":
            from linkspan.courseware.engines.videos import shown_video

            video = shown_video(runtime, course.folder, leaf, state.get(leaf.id, {}))
            return ShownBlock(leaf.id, leaf.type, leaf.title, "", video=video)
        return ShownBlock(leaf.id, leaf.type, leaf.title, runtime.html_of(leaf))
    except LinkspanError:
        raise
    except Exception as error:  # an author's block may fail in any way; the rest of the unit is shown
        tell_busy(error)
        log.warning("a block could not be shown", usage=leaf.id, run=str(runtime.course_key), exc_info=True)
        return ShownBlock(leaf.id, leaf.type, leaf.title, "", "python" if needs_sandbox(leaf) else "broken")


def tell_busy(error: BaseException | None) -> None:
    """Raise Busy if that is what lies under the error: capa wraps everything."""
    while error is not None:
        if isinstance(error, Busy):
            raise error
        error = error.__cause__ or error.__context__


def needs_sandbox(leaf: Block) -> bool:
    """Return whether a block fails here only because author's code cannot run on this machine."""
    return b"<script" in (leaf.source or b"") and not sandbox.available()
