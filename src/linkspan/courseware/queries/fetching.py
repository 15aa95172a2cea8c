"""Reads of the learning platforms that are asked, and of what they told."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785

from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.engines.open_edx import Client
from linkspan.courseware.models import FetchedRow, FetchRow
from linkspan.courseware.models import PlatformRow as ConnectedRow
from linkspan.courseware.rules import (
    Fetch,
    FetchState,
    Form,
    Origin,
    Part,
    Platform,
    PlatformCertificate,
    PlatformEnrolment,
    PlatformGrade,
    PlatformLearner,
    PlatformPerson,
    PlatformRow,
    PlatformSitting,
    PlatformValue,
    Reading,
    decimal_of,
    grade_told,
    may_manage_platforms,
)
from linkspan.courseware.rules.fetching import percent_of, read_as, share_of, track_told
from linkspan.courseware.rules.grade_reports import completed, is_last, name_of_report
from linkspan.enrolment.rules import in_zone
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.kernel.reasons import as_told

MOST_SHOWN = 50


def platforms_at(actor: Actor, institution: str) -> tuple[Platform, ...]:
    """An institution's platforms, for those who manage them."""
    permit(may_manage_platforms(actor, institution), "manage learning platforms here")
    rows = ConnectedRow.objects.filter(institution=institution).order_by("place")
    return tuple(_platform(row) for row in rows)


@public
def public_platforms(institution: str) -> tuple[str, ...]:
    """The hosts on which an institution teaches besides this site, for everybody."""
    return tuple(ConnectedRow.objects.filter(institution=institution).order_by("place").values_list("place", flat=True))


def platform_of(actor: Actor, platform_id: UUID) -> Platform:
    """One of them; NotFound otherwise."""
    row = ConnectedRow.objects.filter(id=platform_id).first()
    if row is None or not may_manage_platforms(actor, row.institution):
        raise NotFound("platform_unknown", "There is no such platform at your institution.")
    return _platform(row)


def fetches_of(actor: Actor, platform_id: UUID) -> tuple[Fetch, ...]:
    """The newest fetches of a platform."""
    rows = FetchRow.objects.filter(platform_id=platform_of(actor, platform_id).id).order_by("-asked_at", "-id")
    return tuple(_fetch(row) for row in rows[:MOST_SHOWN])


def client_of(row: ConnectedRow) -> Client:
    """How a platform is asked, its secret with it; for the part of this domain that does so."""
    return Client(row.place, row.client_id, storage.opened(row.secret))


@dataclass(frozen=True, slots=True)
class FetchedRun:
    """What an Open edX told of a run over REST in one fetch: a platform like any other.

    A value that it did not tell is no value here: who has an enrolment and no grade has an enrolment alone. A grade
    comes from the grades; the one on a certificate may be older.
    """

    fetch_id: UUID
    place: str
    run: CourseRun
    told_at: datetime

    @property
    def name(self) -> str:
        """As what it told is cited."""
        return f"Open edX at {self.place}"

    @property
    def open_until(self) -> str:
        """The run's last day, where it told before that."""
        return "" if is_last(self.run, self.told_at, self.told_at) else in_zone(self.run, self.run.ends)

    def rows(self) -> Iterator[PlatformRow]:
        """Everybody of whom it told, by username."""
        rows = FetchedRow.objects.filter(fetch_id=self.fetch_id).order_by("username")
        for number, row in enumerate(rows.iterator(2_000), start=1):
            person = PlatformPerson(row.username, _email(row), "", self._origin({"username": row.username}))
            left_out, problem = read_as(row.enrolment, row.grade)
            values = tuple(self._values(row, stated=not left_out and not problem))
            yield PlatformRow(number, PlatformLearner(person, values), problem, left_out)

    def _values(self, row: FetchedRow, *, stated: bool) -> Iterator[PlatformValue]:
        if row.enrolment is not None:
            yield PlatformEnrolment(self.run.id, *track_told(row.enrolment), self._origin(row.enrolment))
        if stated and row.grade is not None and (share := share_of(row.grade)) is not None:
            day = completed(self.run, self.told_at, self.told_at)
            data = grade_told(self.run, percent_of(share), "", row.grade.get("passed"), day)
            yield PlatformGrade(self.run.id, data, self._origin(row.grade))
        if (told := row.certificate) is not None:
            grade, origin = decimal_of(told["grade"]), self._origin(told)
            yield PlatformCertificate(self.run.id, told["kind"], told["status"], grade, origin, told["made"])
        for told in row.sittings.values():
            when = (told["status"], told["started"], told["completed"])
            yield PlatformSitting(self.run.id, told["exam"], *when, self._origin(told))

    def _origin(self, told: Mapping[str, Any]) -> Origin:
        return Origin.of(self.name, self.told_at, rfc8785.dumps(dict(told)))


def _email(row: FetchedRow) -> Address | None:
    told = (row.grade or {}).get("email", "")
    return address(told) if told else None


def fetched_run(fetch_id: UUID) -> tuple[str, UUID, FetchedRun]:
    """What a fetch told, with the institution and the platform that was asked; NotFound where it has not ended."""
    row = _fetched(fetch_id)
    told = FetchedRun(row.id, row.platform.place, course_run(row.run_id), row.ended_at or row.asked_at)
    return row.platform.institution, row.platform_id, told


def fetched_file(fetch_id: UUID, names: Collection[str] | None = None) -> tuple[str, str, bytes, Reading]:
    """What a fetch told as a grade report: institution, name, content, and how it is read; of those usernames, or all.

    Who has an enrolment and no grade is left out: the platform did not say. Who has a grade and no enrolment stands
    without a track, for a person to look at.
    """
    row = _fetched(fetch_id)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Email", "Username", "Grade", "Passed", "Enrollment Track", "Enrollment Status"))
    for one in row.rows.filter(grade__isnull=False).order_by("username").iterator(2_000):
        if names is not None and one.username not in names:
            continue
        grade, place = one.grade or {}, one.enrolment or {}
        share, status = share_of(grade), "enrolled" if place.get("is_active", True) else "unenrolled"
        passed = {True: "Y", False: "N"}.get(grade["passed"], "")
        shown = "" if share is None else f"{round(share, 6):f}"
        writer.writerow((grade["email"], one.username, shown, passed, place.get("mode", ""), status))
    name = name_of_report(row.run_id, row.ended_at or row.asked_at)
    reading = Reading(Form.GRADE_REPORT, row.run_id, row.platform.place)
    return row.platform.institution, name, out.getvalue().encode(), reading


def _fetched(fetch_id: UUID) -> FetchRow:
    row = FetchRow.objects.select_related("platform").filter(id=fetch_id, state=FetchState.FETCHED).first()
    if row is None:
        raise NotFound("fetch_unknown", "This fetch is gone.")
    return row


def _platform(row: ConnectedRow) -> Platform:
    return Platform(row.id, row.institution, row.place, row.client_id, row.entered_by, row.entered_at)


def _fetch(row: FetchRow) -> Fetch:
    return Fetch(
        row.id,
        row.platform_id,
        row.run_id,
        FetchState(row.state),
        Part(row.part),
        row.pages,
        row.rows.count(),
        row.rows.filter(grade__isnull=True).count(),
        next(iter(as_told(row.problem)), ""),
        row.by_name,
        row.asked_at,
        row.due,
        row.ended_at,
        row.compares,
        row.ahead,
    )
