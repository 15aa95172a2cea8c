"""Learning platforms of an institution: entered, checked, asked for a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent, once
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Fetch, Platform
from linkspan.kernel.request import Request
from linkspan.records import actions as taking
from linkspan.records import queries as comparing
from linkspan.records.rules import Compared, Comparison

router = Router()


class PlatformIn(Posted):
    """An Open edX, and its client; `secret` is never told again, and stays where it is left out."""

    institution: str = Field(max_length=64)
    platform: str = Field(max_length=300)
    client_id: str = Field(max_length=200)
    secret: str = Field("", max_length=2_000)


@dataclass(frozen=True, slots=True)
class Retaken:
    """How many messages are taken again."""

    messages: int


class RunIn(Posted):
    """A run of the catalogue."""

    run: str = Field(max_length=255)


@router.post("/events/retake", operation_id="retake_events")
@idempotent
def retake_events(request: Request, body: NothingIn) -> Retaken:
    """Have messages of the event bus taken once more that were set aside. For operators."""
    return Retaken(actions.retake_events(actor=request.actor, now=request.now))


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


class LinesIn(Posted):
    """Lines of a comparison; none means all that nobody left."""

    lines: list[UUID] = Field([], max_length=5_000)


class LeaveIn(Posted):
    """Why a line stays as it is."""

    reason: str = Field(max_length=500)


@router.get("/{uuid:platform_id}/comparisons", operation_id="comparisons")
def comparisons(request: Request, platform_id: UUID) -> Sequence[Comparison]:
    """The newest comparisons of a platform with the record; the desk list `compared` has the lines of each."""
    return comparing.comparisons_of(request.actor, platform_id)


@router.post("/{uuid:platform_id}/comparisons", operation_id="start_comparison")
@idempotent
def start_comparison(request: Request, platform_id: UUID, body: RunIn) -> Made:
    """Have the worker ask what a comparison of a run needs; nothing waits to be imported. The id is of the fetch."""
    made = actions.start_fetch(
        actor=request.actor, platform_id=platform_id, run_id=body.run, now=request.now, compares=True
    )
    return Made(made)


@router.get("/comparisons/{uuid:comparison_id}", operation_id="comparison")
def comparison(request: Request, comparison_id: UUID) -> Comparison:
    """When the platform told and was compared, how many lines there are of each state, and what changed."""
    return comparing.comparison(request.actor, comparison_id)


@router.get("/compared/{uuid:line_id}", operation_id="compared")
def compared(request: Request, line_id: UUID) -> Compared:
    """A line: what the platform says and what is on record, each with source, time and hash."""
    return comparing.compared_line(request.actor, line_id)


@router.post("/comparisons/{uuid:comparison_id}/take-over", operation_id="take_over")
@idempotent
def take_over(request: Request, comparison_id: UUID, body: LinesIn) -> Made:
    """Have what the platform told wait as a file to be imported; the id is of the file. Nothing is on record yet."""
    made = taking.take_over(actor=request.actor, comparison_id=comparison_id, lines=body.lines, now=request.now)
    return Made(made)


@router.post("/compared/{uuid:line_id}/leave", operation_id="leave_difference")
@idempotent
def leave(request: Request, line_id: UUID, body: LeaveIn) -> None:
    """Leave a line as it is; the reason stands as long as both sides say the same."""
    taking.leave_difference(actor=request.actor, line_id=line_id, reason=body.reason, now=request.now)
