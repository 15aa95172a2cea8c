"""For how long each kind of data is kept here; removing what is due, for operators."""

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from linkspan.api.once import Posted, once
from linkspan.kernel import retention
from linkspan.kernel.request import Request

router = Router()


class KindOut(Schema):
    """A kind: how long it is kept, within which bounds, how much is due, when and how much went last."""

    kind: str
    holds: str
    days: int
    least: int
    most: int
    due: int
    at: datetime | None
    removed: int


class ApplyIn(Posted):
    """With `dry_run`, nothing is changed."""

    dry_run: bool


class AppliedOut(Schema):
    """How much went, or would go, and the kinds that failed with the reason."""

    removed: int
    failed: dict[str, str]
    dry_run: bool


@router.get("", response=list[KindOut], operation_id="retention")
def standing(request: Request) -> list[dict[str, Any]]:
    """Every kind."""
    return [row.as_json() for row in retention.standing(request.actor, request.now)]


@router.post("", response=AppliedOut, operation_id="apply_retention")
def apply(request: Request, body: ApplyIn) -> dict[str, Any]:
    """Remove what was kept long enough, each kind by itself; or say how much that would be."""

    def work() -> dict[str, Any]:
        if body.dry_run:
            due = sum(row.due for row in retention.standing(request.actor, request.now))
            return {"removed": due, "failed": {}, "dry_run": True}
        found = retention.apply(actor=request.actor, now=request.now)
        failed = {row.one.code: row.message for row in found.failed}
        return {"removed": sum(found.done), "failed": failed, "dry_run": False}

    return once(request, body, work)
