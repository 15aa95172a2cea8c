"""Accounts of people with whom one works."""

from typing import Any
from uuid import UUID

from ninja import Router

from linkspan.accounts import actions
from linkspan.api.once import idempotent
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


@router.post("/{person_id}/readings", response=dict[str, Any], operation_id="read_person")
@idempotent
def read_person(request: Request, person_id: UUID) -> dict[str, Any]:
    """Names and address of one person, for staff whose work is with them; the reading is logged for the person."""
    return jsonable(actions.read_person(actor=request.actor, person_id=person_id, now=request.now))
