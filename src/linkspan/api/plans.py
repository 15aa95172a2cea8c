"""One's own plans and the links to them, pathways that are kept in view, and the address of one's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.rules import Plan

router = Router()


class PlanIn(Posted):
    """A title, and the ids of the agreements of its pathways; today's answers are kept with it."""

    title: str = Field(max_length=200)
    agreements: list[str] = Field(max_length=50)


class ShareIn(Posted):
    """For how many days the link lives, and whether it shows the answers."""

    days: int
    with_answers: bool = False


class WatchIn(Posted):
    """The id of an agreement, and whether it stays in view."""

    agreement: str = Field(max_length=200)
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """The secret address of the calendar, empty if there is none."""

    address: str


@router.get("/", operation_id="my_plans")
def my_plans(request: Request) -> Sequence[Plan]:
    """The caller's plans with their links, newest first."""
    return queries.plans_of(request.actor, request.actor.own_id)


@router.post("/", operation_id="save_plan")
@idempotent
def save_plan(request: Request, body: PlanIn) -> Made:
    """Save a plan with today's answers on the caller's record."""
    made = actions.save_plan(actor=request.actor, title=body.title, agreements=body.agreements, now=request.now)
    return Made(made)


@router.get("/watched", operation_id="watched_pathways")
def watched(request: Request) -> Sequence[str]:
    """The ids of the agreements that the caller keeps in view, or has in a plan."""
    return sorted(queries.watched_agreements(request.actor.own_id))


@router.post("/watched", operation_id="keep_pathway")
@idempotent
def keep_pathway(request: Request, body: WatchIn) -> None:
    """Keep a pathway in view, or no longer."""
    actions.keep_pathway(actor=request.actor, agreement_id=body.agreement, keep=body.keep, now=request.now)


@router.get("/calendar", operation_id="my_calendar")
def calendar(request: Request) -> Calendar:
    """The secret address of the caller's calendar."""
    token = queries.feed_token(request.actor)
    return Calendar(settings.BASE_URL + reverse("plans-calendar", args=[token]) if token else "")


@router.post("/calendar/open", operation_id="open_calendar")
@idempotent
def open_calendar(request: Request, body: NothingIn) -> Calendar:
    """Give the calendar a secret address; an open one stays."""
    actions.open_feed(actor=request.actor, now=request.now)
    return calendar(request)


@router.post("/calendar/close", operation_id="close_calendar")
@idempotent
def close_calendar(request: Request, body: NothingIn) -> None:
    """Make the secret address worthless."""
    actions.close_feed(actor=request.actor, now=request.now)


@router.get("/{uuid:plan_id}", operation_id="my_plan")
def my_plan(request: Request, plan_id: UUID) -> Plan:
    """One of the caller's plans."""
    return queries.plan(request.actor, plan_id)


@router.post("/{uuid:plan_id}/deletion", operation_id="delete_plan")
@idempotent
def delete_plan(request: Request, plan_id: UUID, body: NothingIn) -> None:
    """Delete a plan, its links with it."""
    actions.delete_plan(actor=request.actor, plan_id=plan_id)


@router.post("/{uuid:plan_id}/shares", operation_id="share_plan")
@idempotent
def share_plan(request: Request, plan_id: UUID, body: ShareIn) -> Made:
    """Make a link to a plan; it shows nothing of the record unless the answers are to be seen."""
    made = actions.share_plan(
        actor=request.actor, plan_id=plan_id, with_answers=body.with_answers, days=body.days, now=request.now
    )
    return Made(made)


@router.post("/shares/{uuid:share_id}/end", operation_id="revoke_share")
@idempotent
def revoke_share(request: Request, share_id: UUID, body: NothingIn) -> None:
    """End a link."""
    actions.revoke_share(actor=request.actor, share_id=share_id, now=request.now)
