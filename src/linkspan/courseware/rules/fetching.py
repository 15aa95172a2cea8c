"""Fetching from an Open edX: which pages are asked in which order, what an answer means, when it is asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from linkspan.accounts.rules import Role
from linkspan.courseware.rules.grade_reports import RECORDED, UNRECORDED
from linkspan.courseware.rules.platform import decimal_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

PAGE_SIZE, MOST_PAGES, MOST_FAILS, MOST_SITTINGS = 100, 10_000, 9, 50
LONGEST_USERNAME, LONGEST_CURSOR, LONGEST_CLIENT, LONGEST_SECRET = 200, 2_000, 200, 2_000
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
MOST_AHEAD, MOST_SKEW = 2**31 - 1, 120
#: A run is compared by the worker's clock so often, until so long after its end; after news of the bus sooner.
COMPARED_EACH, COMPARED_AFTER, NEWS_EACH = timedelta(days=7), timedelta(days=60), timedelta(hours=1)
#: What passes: too many requests, or a server that is not well.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class FetchState(StrEnum):
    """Where a fetch stands."""

    RUNNING = "running"
    FETCHED = "fetched"
    STOPPED = "stopped"
    FAILED = "failed"


class Part(StrEnum):
    """What is asked, in this order: the track of everybody, then the grades; for a comparison the rest too."""

    ENROLMENTS = "enrolments"
    GRADES = "grades"
    CERTIFICATES = "certificates"
    SITTINGS = "sittings"


#: Parts that a client may have no right to: without them a comparison says less, and stands.
EVIDENCE = frozenset({Part.CERTIFICATES, Part.SITTINGS})


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
    compares: bool
    ahead: int | None

    @property
    def skewed(self) -> bool:
        """Whether the platform's clock and ours differ so much that somebody should set one of them."""
        return self.ahead is not None and abs(self.ahead) >= MOST_SKEW


@dataclass(frozen=True, slots=True)
class PageTold:
    """A page: what it tells of each username, and the path of the next page; empty after the last.

    `refused` says that nothing of its part is told to this client.
    """

    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    next: str
    refused: bool = False


def may_manage_platforms(actor: Actor, institution: str) -> bool:
    """Registrars of the institution, and the system."""
    return actor.is_system or actor.has_role(Role.REGISTRAR, institution)


def first_page(part: Part, run_id: str) -> str:
    """The path of the first page of a part that is told in pages."""
    run = quote(run_id, safe="")
    match part:
        case Part.ENROLMENTS:
            return f"/api/enrollment/v1/enrollments?course_id={run}&page_size={PAGE_SIZE}"
        case Part.SITTINGS:
            return f"/api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{run}?page=1"
        case _:
            return f"/api/grades/v1/courses/{run}/?page_size={PAGE_SIZE}"


def path_of(part: Part, run_id: str, cursor: str) -> str:
    """The path that is asked: the page of the cursor, or the certificate of the username that it is."""
    if part is not Part.CERTIFICATES:
        return cursor
    return f"/api/certificates/v0/certificates/{quote(cursor, safe='')}/courses/{quote(run_id, safe='')}/"


def has_evidence(enrolment: Mapping[str, object] | None) -> bool:
    """Whether a certificate is asked for: of those whose track goes on record."""
    return enrolment is not None and track_told(enrolment)[0] in RECORDED


def page_told(part: Part, place: str, asked: str, told: object) -> PageTold:
    """What a page tells, by `next` addresses or by page numbers; Unusable if it is no such page.

    A short page is no last page, and who is not on it is unknown, not without a grade.
    """
    if part is Part.CERTIFICATES:
        return PageTold(((asked, certificate_told(told)),), "")
    if part is Part.SITTINGS and isinstance(told, Mapping):
        pages = told.get("pagination_info")
        pages = pages if isinstance(pages, Mapping) else {}
        numbers = {"current_page": pages.get("current_page"), "num_pages": pages.get("total_pages")}
        told = {"results": told.get("proctored_exam_attempts"), **numbers}
    results = told.get("results") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(results, Sequence) or isinstance(results, str):
        raise Unusable("page_unusable", "The platform answered with something else than a page of results.")
    rows = tuple(row for one in results if (row := _row(part, one)) is not None)
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
        path, _, query = asked.partition("?")
        kept = [part for part in query.split("&") if part and not part.startswith("page=")]
        return f"{path}?{'&'.join([*kept, f'page={current + 1}'])}"
    return ""


def _row(part: Part, told: object) -> tuple[str, Mapping[str, Any]] | None:
    """A row by its username; None for one that names nobody."""
    if not isinstance(told, Mapping):
        return None
    if part is Part.SITTINGS:
        return _sitting(told)
    name = named(told.get("user" if part is Part.ENROLMENTS else "username"))
    if not name:
        return None
    if part is Part.ENROLMENTS:
        return name, {"mode": _text(told.get("mode"), 40), "is_active": told.get("is_active") is True}
    percent, passed = decimal_of(told.get("percent")), told.get("passed")
    return name, {
        "percent": None if percent is None else str(percent)[:40],
        "passed": passed if isinstance(passed, bool) else None,
        "email": _text(told.get("email"), 254),
    }


def named(told: object) -> str:
    """A username; empty for what is none."""
    return told if isinstance(told, str) and 0 < len(told) <= LONGEST_USERNAME and told.isprintable() else ""


def _text(told: object, most: int) -> str:
    """The first characters of a text that can be shown and kept; empty for anything else."""
    return "".join(one for one in told[:most] if one.isprintable()) if isinstance(told, str) else ""


def _sitting(told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """A sitting of a proctored exam by whose it is; None for one that names nobody, and for practice."""
    user, exam, number = told.get("user"), told.get("proctored_exam"), told.get("id")
    name = named(user.get("username")) if isinstance(user, Mapping) else ""
    if not name or isinstance(number, bool) or not isinstance(number, int) or told.get("is_sample_attempt") is True:
        return None
    title = exam.get("exam_name") if isinstance(exam, Mapping) else ""
    when = {"started": _text(told.get("started_at"), 40), "completed": _text(told.get("completed_at"), 40)}
    return name, {str(number)[:20]: {"exam": _text(title, 200), "status": _text(told.get("status"), 40), **when}}


def certificate_told(told: object) -> Mapping[str, str | None]:
    """A certificate as the platform tells it; of unknown status where it tells none."""
    told = told if isinstance(told, Mapping) else {}
    grade = decimal_of(told.get("grade"))
    return {
        "status": _text(told.get("status"), 40) or "unknown",
        "kind": _text(told.get("certificate_type"), 40),
        "made": _text(told.get("created_date"), 40),
        "grade": None if grade is None else str(grade)[:40],
    }


def again_at(now: datetime, fails: int, retry_after: str, their_now: datetime | None = None) -> datetime:
    """When a platform that is not well is asked again: as it says, or after a pause that doubles.

    It says so in seconds, or as an instant by its own clock, which may differ from ours.
    """
    pause = min(FIRST_PAUSE * (1 << min(fails, 12)), LONGEST_PAUSE)
    asked = timedelta()
    if retry_after.isascii() and retry_after.isdecimal():
        asked = timedelta(seconds=min(int(retry_after[:9]), 10**6))
    elif at := instant_of(retry_after):
        asked = at - (their_now or now)
    return now + min(max(pause, asked), LONGEST_PAUSE)


def instant_of(told: str) -> datetime | None:
    """The instant of an HTTP header; None where it is none."""
    try:
        found = parsedate_to_datetime(told)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def ahead_of(now: datetime, their_now: datetime | None) -> int | None:
    """By how many seconds another clock is ahead of ours; None where it says nothing."""
    if their_now is None:
        return None
    return max(-MOST_AHEAD, min(MOST_AHEAD, round((their_now - now).total_seconds())))


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


def percent_of(share: Decimal) -> Decimal:
    """A grade from 0 to 1 as a percentage, rounded as the file of a fetch and its reader round it."""
    return Decimal(f"{round(round(share, 6) * 100, 4).normalize():f}")


def track_told(enrolment: Mapping[str, object] | None) -> tuple[str, bool]:
    """The track that was told, and whether the enrolment is active; empty where none was told."""
    told = enrolment or {}
    return str(told.get("mode", "")).lower(), told.get("is_active", True) is True


def read_as(enrolment: Mapping[str, object] | None, grade: Mapping[str, object] | None) -> tuple[str, str]:
    """Why what was told of somebody gives nothing for the record, and why it cannot be read; empty where it can."""
    track, active = track_told(enrolment)
    if enrolment is not None and (not active or track in UNRECORDED):
        return track if active else "unenrolled", ""
    share = share_of(grade) if grade is not None else Decimal()
    if track not in RECORDED:
        return "", "its track is unknown"
    return "", "" if share is not None and share <= 1 else "its grade is not from 0 to 1"
