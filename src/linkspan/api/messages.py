"""Notices of the caller."""

from collections.abc import Mapping
from uuid import UUID

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request
from linkspan.messages import actions, queries
from linkspan.messages.rules import Mailing, Notice, Topic

router = Router()


class EmailChoiceIn(Posted):
    """Whether e-mail is wanted about a topic, `daily` in one mail a day; without a topic, about anything."""

    email: bool
    daily: bool = False
    topic: Topic | None = None


@router.get("/mine", operation_id="my_notices")
def my_notices(request: Request) -> tuple[Notice, ...]:
    """The caller's notices, newest first."""
    return queries.notices_of(request.actor)


@router.post("/read", operation_id="mark_notices_read")
@idempotent
def mark_notices_read(request: Request) -> None:
    """Mark all as read."""
    actions.mark_read(actor=request.actor, now=request.now)


@router.post("/{uuid:notice_id}/read", operation_id="read_notice")
@idempotent
def read_notice(request: Request, notice_id: UUID) -> None:
    """Mark one as read, with the others about the same thing."""
    actions.read_notice(actor=request.actor, notice_id=notice_id, now=request.now)


@router.get("/email", operation_id="email_choices")
def email_choices(request: Request) -> Mapping[Topic, bool]:
    """Each topic, and whether the caller gets e-mail about it."""
    return dict(queries.email_choices(request.actor))


@router.get("/mailing", operation_id="mailing_choices")
def mailing_choices(request: Request) -> Mapping[Topic, Mailing]:
    """Each topic, and how its notices come by e-mail: each at once, in one mail a day, or not."""
    return dict(queries.mailing_choices(request.actor))


@router.post("/email", operation_id="choose_email")
@idempotent
def choose_email(request: Request, body: EmailChoiceIn) -> None:
    """Choose e-mail by topic, or in general."""
    actions.choose_email(actor=request.actor, email=body.email, topic=body.topic or "", daily=body.daily)
