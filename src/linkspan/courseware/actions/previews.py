"""Look at a unit as a learner would: no attempt, no state, no draw is kept."""

import copy
from datetime import datetime
from uuid import UUID

from linkspan.courseware.actions.parts import Part, part_in, view_of
from linkspan.courseware.actions.states import runtime_of
from linkspan.courseware.actions.units import Unit, show_place
from linkspan.courseware.queries import Preview, place, preview, states_of
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor


def preview_unit(
    *,
    actor: Actor,
    run_id: str,
    name: str,
    at: datetime,
    now: datetime,
    learner_id: UUID | None = None,
    group: str = "",
) -> Unit:
    """Return a unit as a learner of the run sees it at an instant, or as a fresh learner; nothing is kept of it.

    That somebody looked with a learner's eyes stands on the audit trail.
    """
    found = preview(actor, run_id, learner_id, at, group)
    here = place(found.course, found.root, name)
    held = states_of(learner_id, run_id, [leaf.id for leaf in here.leaves]) if learner_id else {}
    blocks = show_place(here, found.viewer, copy.deepcopy({**found.draws, **held}), at)
    note_look(actor, found, learner_id, name, at, now)
    return Unit(here, blocks)


def note_look(actor: Actor, found: Preview, learner_id: UUID | None, name: str, at: datetime, now: datetime) -> None:
    """Put on the trail that somebody looked with a learner's eyes."""
    if learner_id is not None:
        audit.record(
            actor=actor,
            verb="preview_as_learner",
            subject=f"accounts.user:{learner_id}",
            now=now,
            after={"run": found.course.run_id, "unit": name, "at": at.isoformat()},
            institution=found.course.institution,
        )


def preview_block(
    *, actor: Actor, run_id: str, name: str, usage: str, at: datetime, learner_id: UUID | None, group: str = ""
) -> Part:
    """Return a block of a package in such a unit, which is on the trail already; nothing is kept of it."""
    found = preview(actor, run_id, learner_id, at, group)
    block = part_in(place(found.course, found.root, name), usage)
    held = states_of(learner_id, run_id, [usage]) if learner_id else {}
    return Part(block, view_of(runtime_of(found.course, found.viewer, copy.deepcopy(held), at), block))
