"""For how long each kind of data is kept here; removing what is due, for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from linkspan.api.answers import Router
from linkspan.api.once import Posted, once
from linkspan.kernel import retention
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class KindTold:
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


@dataclass(frozen=True, slots=True)
class RetentionApplied:
    """How much went, or would go, and the kinds that failed with the reason."""

    removed: int
    failed: Mapping[str, str]
    dry_run: bool


@router.get("", operation_id="retention")
def standing(request: Request) -> list[KindTold]:
    """Every kind."""
    return [KindTold(**row.as_json()) for row in retention.standing(request.actor, request.now)]


@router.post("", operation_id="apply_retention")
def apply(request: Request, body: ApplyIn) -> RetentionApplied:
    """Remove what was kept long enough, each kind by itself; or say how much that would be."""

    def work() -> RetentionApplied:
        if body.dry_run:
            due = sum(row.due for row in retention.standing(request.actor, request.now))
            return RetentionApplied(due, {}, dry_run=True)
        found = retention.apply(actor=request.actor, now=request.now)
        return RetentionApplied(sum(found.done), {row.one.code: row.message for row in found.failed}, dry_run=False)

    return once(request, body, work)
