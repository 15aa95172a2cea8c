"""Look at a unit as a learner would: no attempt, no state, no draw is kept."""

import copy
from datetime import datetime
from uuid import UUID

from linkspan.courseware.actions.units import Unit, show_place
from linkspan.courseware.queries import place, preview, states_of
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
    if learner_id is not None:
        audit.record(
            actor=actor,
            verb="preview_as_learner",
            subject=f"accounts.user:{learner_id}",
            now=now,
            after={"run": run_id, "unit": name, "at": at.isoformat()},
            institution=found.course.institution,
        )
    return Unit(here, blocks)
