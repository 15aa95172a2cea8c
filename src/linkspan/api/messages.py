"""Notices of the caller."""

from typing import Any

from ninja import Router

from linkspan.api.once import Posted, idempotent
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.messages import actions, queries
from linkspan.messages.rules import Topic

router = Router()


class EmailChoiceIn(Posted):
    """Whether e-mail is wanted about a topic; without one, about anything."""

    email: bool
    topic: Topic | None = None


@router.get("/mine", response=list[dict[str, Any]], operation_id="my_notices")
def my_notices(request: Request) -> list[dict[str, Any]]:
    """The caller's notices, newest first."""
    return [jsonable(row) for row in queries.notices_of(request.actor)]


@router.post("/read", response={204: None}, operation_id="mark_notices_read")
@idempotent
def mark_notices_read(request: Request) -> None:
    """Mark all as read."""
    actions.mark_read(actor=request.actor, now=request.now)


@router.get("/email", response=dict[str, bool], operation_id="email_choices")
def email_choices(request: Request) -> dict[str, bool]:
    """Each topic, and whether the caller gets e-mail about it."""
    return {str(topic): wanted for topic, wanted in queries.email_choices(request.actor)}


@router.post("/email", response={204: None}, operation_id="choose_email")
@idempotent
def choose_email(request: Request, body: EmailChoiceIn) -> None:
    """Choose e-mail by topic, or in general."""
    actions.choose_email(actor=request.actor, email=body.email, topic=body.topic or "")
