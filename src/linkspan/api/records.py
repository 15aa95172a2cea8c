"""A learner's own record."""

from typing import Any

from ninja import Router

from linkspan.kernel.request import Request
from linkspan.records import queries

router = Router()


@router.get("/mine", response=dict[str, Any], operation_id="my_record")
def my_record(request: Request) -> dict[str, Any]:
    """The caller's record in the format of `linkspan audit` (docs/formats/record.md)."""
    return queries.learner_record(request.actor, request.actor.person_id)
