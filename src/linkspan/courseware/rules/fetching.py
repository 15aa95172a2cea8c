"""Fetching from an Open edX: which pages are asked in which order, what an answer means, when it is asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from linkspan.accounts.rules import Role
from linkspan.courseware.rules.platform import decimal_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

PAGE_SIZE, MOST_PAGES, MOST_FAILS = 100, 10_000, 9
LONGEST_USERNAME, LONGEST_CURSOR, LONGEST_CLIENT, LONGEST_SECRET = 200, 2_000, 200, 2_000
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
#: What passes: too many requests, or a server that is not well.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class FetchState(StrEnum):
    """Where a fetch stands."""

    RUNNING = "running"
    FETCHED = "fetched"
    STOPPED = "stopped"
    FAILED = "failed"


class Part(StrEnum):
    """What is asked, in this order: the track of everybody, then the grades."""

    ENROLMENTS = "enrolments"
    GRADES = "grades"


@dataclass(frozen=True, slots=True)
class Platform:
    """An Open edX of an institution."""

    id: UUID
    institution: str
    place: str
    client_id: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Fetch:
    """A fetch: how far it came, what stands in its way, and how many it told of."""

    id: UUID
    platform_id: UUID
    run_id: str
    state: FetchState
    part: Part
    pages: int
    people: int
    without_grade: int
    problem: str
    by: str
    asked_at: datetime
    due: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PageTold:
    """A page: what it tells of each username, and the path of the next page; empty after the last."""

    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    next: str


def may_manage_platforms(actor: Actor, institution: str) -> bool:
    """Registrars of the institution, and the system."""
    return actor.is_system or actor.has_role(Role.REGISTRAR, institution)


def first_page(part: Part, run_id: str) -> str:
    """The path of the first page of a part."""
    if part is Part.ENROLMENTS:
        return f"/api/enrollment/v1/enrollments?course_id={quote(run_id, safe='')}&page_size={PAGE_SIZE}"
    return f"/api/grades/v1/courses/{quote(run_id, safe='')}/?page_size={PAGE_SIZE}"


def page_told(part: Part, place: str, asked: str, told: object) -> PageTold:
    """What a page tells, by `next` addresses or by page numbers; Unusable if it is no such page.

    A short page is no last page, and who is not on it is unknown, not without a grade.
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("results"), Sequence):
        raise Unusable("page_unusable", "The platform answered with something else than a page of results.")
    rows = tuple(row for one in told["results"] if (row := _row(part, one)) is not None)
    following = _next(place, asked, told)
    if following == asked:
        raise Unusable("page_repeats", "The platform names the same page as the next one.")
    return PageTold(rows, following)


def _next(place: str, asked: str, told: Mapping[str, Any]) -> str:
    named = told.get("next")
    if isinstance(named, str) and named:
        parts = urlsplit(named)
        here = not parts.netloc or parts.netloc.lower() == place
        found = parts.path + (f"?{parts.query}" if parts.query else "")
        if not here or not parts.path.startswith("/") or len(found) > LONGEST_CURSOR:
            raise Unusable("page_elsewhere", "The platform names a next page at another host. It is not asked.")
        return found
    current, last = told.get("current_page"), told.get("num_pages")
    if isinstance(current, int) and isinstance(last, int) and current < last <= MOST_PAGES:
        base = "&".join(part for part in asked.split("&") if not part.startswith("page="))
        return f"{base}{'&' if '?' in base else '?'}page={current + 1}"
    return ""


def _row(part: Part, told: object) -> tuple[str, Mapping[str, Any]] | None:
    """A row by its username; None for one that names nobody."""
    if not isinstance(told, Mapping):
        return None
    name = told.get("user" if part is Part.ENROLMENTS else "username")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_USERNAME or not name.isprintable():
        return None
    if part is Part.ENROLMENTS:
        return name, {"mode": str(told.get("mode", ""))[:40], "is_active": told.get("is_active") is True}
    percent, passed = decimal_of(told.get("percent")), told.get("passed")
    email = told.get("email")
    return name, {
        "percent": None if percent is None else str(percent)[:40],
        "passed": passed if isinstance(passed, bool) else None,
        "email": email[:254] if isinstance(email, str) else "",
    }


def again_at(now: datetime, fails: int, retry_after: str) -> datetime:
    """When a platform that is not well is asked again: as it says, or after a pause that doubles."""
    pause = min(FIRST_PAUSE * (1 << min(fails, 12)), LONGEST_PAUSE)
    asked = timedelta(seconds=int(retry_after)) if retry_after.isascii() and retry_after.isdecimal() else timedelta()
    return now + min(max(pause, asked), LONGEST_PAUSE)


def refusal(status: int) -> Unusable:
    """What a status means that no repetition mends."""
    if status in (401, 403):
        words = "The platform refuses (status {status}). Check the client and its rights."
        return Unusable("platform_forbids", words, status=status)
    if status == 404:
        words = "The platform does not find this run, or hides it from the client. Check the key and its rights."
        return Unusable("platform_hides", words)
    return Unusable("platform_answers", "The platform answered with status {status}.", status=status)


def share_of(told: Mapping[str, Any]) -> Decimal | None:
    """The grade, which is from 0 to 1; None where none is told, or one that no course gives."""
    found = decimal_of(told.get("percent"))
    return found if found is not None and 0 <= found <= 10 else None
