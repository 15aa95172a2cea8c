"""Learning platforms of an institution: entered, checked, asked for a run."""

from collections.abc import Sequence
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent, once
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Fetch, Platform
from linkspan.kernel.request import Request

router = Router()


class PlatformIn(Posted):
    """An Open edX, and its client; `secret` is never told again, and stays where it is left out."""

    institution: str = Field(max_length=64)
    platform: str = Field(max_length=300)
    client_id: str = Field(max_length=200)
    secret: str = Field("", max_length=2_000)


class RunIn(Posted):
    """A run of the catalogue."""

    run: str = Field(max_length=255)


@router.get("", operation_id="platforms")
def platforms(request: Request, institution: str) -> Sequence[Platform]:
    """An institution's learning platforms."""
    return queries.platforms_at(request.actor, institution.replace("\0", ""))


@router.post("", operation_id="enter_platform")
@idempotent
def enter_platform(request: Request, body: PlatformIn) -> Made:
    """Enter a learning platform, or another client for it."""
    made = actions.enter_platform(
        actor=request.actor,
        institution=body.institution,
        place=body.platform,
        client_id=body.client_id,
        secret=body.secret,
        now=request.now,
    )
    return Made(made)


@router.post("/{uuid:platform_id}/check", operation_id="check_platform")
def check_platform(request: Request, platform_id: UUID, body: NothingIn) -> Done:
    """Ask the platform for a token; it is asked outside of any transaction."""
    actions.check_platform(actor=request.actor, platform_id=platform_id)
    return once(request, body, Done)


@router.post("/{uuid:platform_id}/remove", operation_id="remove_platform")
@idempotent
def remove_platform(request: Request, platform_id: UUID, body: NothingIn) -> None:
    """Forget a platform with its secret and what was fetched; what was imported stays."""
    actions.remove_platform(actor=request.actor, platform_id=platform_id, now=request.now)


@router.get("/{uuid:platform_id}/fetches", operation_id="fetches")
def fetches(request: Request, platform_id: UUID) -> Sequence[Fetch]:
    """The newest fetches of a platform, and how far they came."""
    return queries.fetches_of(request.actor, platform_id)


@router.post("/{uuid:platform_id}/fetches", operation_id="start_fetch")
@idempotent
def start_fetch(request: Request, platform_id: UUID, body: RunIn) -> Made:
    """Have a run's enrolments and grades fetched; the file then waits to be imported."""
    return Made(actions.start_fetch(actor=request.actor, platform_id=platform_id, run_id=body.run, now=request.now))


@router.post("/fetches/{uuid:fetch_id}/stop", operation_id="stop_fetch")
@idempotent
def stop_fetch(request: Request, fetch_id: UUID, body: NothingIn) -> None:
    """Stop a fetch; nothing of it is imported."""
    actions.stop_fetch(actor=request.actor, fetch_id=fetch_id, now=request.now)
