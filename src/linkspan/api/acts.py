"""Acts that cannot be undone: what they would change, the confirmation of what was seen, and undoing till they act.

What is confirmed here waits as on the pages. The operations that do the same at once are for systems that have looked.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.kernel import acts
from linkspan.kernel.acts import Asked, Confirmed, Planned, Preview
from linkspan.kernel.errors import Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.request import Request

router = Router()


class PreviewIn(Posted):
    """About what, and how: `fields` say what the act leaves open, such as `{"choice": "admit"}`."""

    subject: str
    fields: dict[str, Any] = {}
    reason: str = ""


class ConfirmIn(PreviewIn):
    """What was seen, how many people it hits where it is several, and when it takes effect."""

    seen: str
    number: int | None = None
    release_at: datetime | None = None


@router.get("/", operation_id="acts_waiting")
def acts_waiting(request: Request) -> tuple[Planned, ...]:
    """The caller's confirmed acts, and their office's, that have not taken effect yet."""
    return acts.waiting_here(request.actor)


@router.post("/{act}/preview", operation_id="preview_act")
@idempotent
def preview_act(request: Request, act: str, body: PreviewIn) -> Preview:
    """Say whom an act would hit, what would change and who would be told. Nothing is changed."""
    return acts.look(acts.act_named(act), _asked(request, body))


@router.post("/{act}/confirmation", operation_id="confirm_act")
@idempotent
def confirm_act(request: Request, act: str, body: ConfirmIn) -> Planned:
    """Confirm what was seen; refused (`changed_since`) if it is not what the act would do now."""
    if body.release_at is not None and body.release_at.tzinfo is None:
        raise Unusable("time_unusable", "Give times with their offset from UTC, such as 2020-03-31T23:59:00-04:00.")
    said = Confirmed(new_id(), body.seen, body.reason, body.number, body.release_at)
    return acts.confirm(acts.act_named(act), _asked(request, body), said)


@router.post("/planned/{uuid:planned_id}/undo", operation_id="undo_act")
@idempotent
def undo_act(request: Request, planned_id: UUID, body: NothingIn) -> Planned:
    """Undo a confirmed act that has not taken effect."""
    return acts.undo(actor=request.actor, planned_id=planned_id, now=request.now)


@router.post("/planned/{uuid:planned_id}/release", operation_id="release_act")
@idempotent
def release_act(request: Request, planned_id: UUID, body: NothingIn) -> Planned:
    """Let one's own confirmed act take effect now; `lapsed` if what was seen had changed."""
    return acts.release(actor=request.actor, planned_id=planned_id, now=request.now)


def _asked(request: Request, body: PreviewIn) -> Asked:
    return Asked(request.actor, body.subject, body.fields, body.reason.strip(), request.now)
