"""Reads of the learning platforms that are asked, and of what they told."""

import csv
import io
from uuid import UUID

from linkspan.courseware.engines.open_edx import Client
from linkspan.courseware.models import FetchRow, PlatformRow
from linkspan.courseware.rules import Fetch, FetchState, Form, Part, Platform, Reading, may_manage_platforms
from linkspan.courseware.rules.fetching import share_of
from linkspan.courseware.rules.grade_reports import name_of_report
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.kernel.reasons import as_told

MOST_SHOWN = 50


def platforms_at(actor: Actor, institution: str) -> tuple[Platform, ...]:
    """An institution's platforms, for those who manage them."""
    permit(may_manage_platforms(actor, institution), "manage learning platforms here")
    rows = PlatformRow.objects.filter(institution=institution).order_by("place")
    return tuple(_platform(row) for row in rows)


@public
def public_platforms(institution: str) -> tuple[str, ...]:
    """The hosts on which an institution teaches besides this site, for everybody."""
    return tuple(PlatformRow.objects.filter(institution=institution).order_by("place").values_list("place", flat=True))


def platform_of(actor: Actor, platform_id: UUID) -> Platform:
    """One of them; NotFound otherwise."""
    row = PlatformRow.objects.filter(id=platform_id).first()
    if row is None or not may_manage_platforms(actor, row.institution):
        raise NotFound("platform_unknown", "There is no such platform at your institution.")
    return _platform(row)


def fetches_of(actor: Actor, platform_id: UUID) -> tuple[Fetch, ...]:
    """The newest fetches of a platform."""
    rows = FetchRow.objects.filter(platform_id=platform_of(actor, platform_id).id).order_by("-asked_at", "-id")
    return tuple(_fetch(row) for row in rows[:MOST_SHOWN])


def client_of(row: PlatformRow) -> Client:
    """How a platform is asked, its secret with it; for the part of this domain that does so."""
    return Client(row.place, row.client_id, storage.opened(row.secret))


def fetched_file(fetch_id: UUID) -> tuple[str, str, bytes, Reading]:
    """What a fetch told as a grade report: institution, name, content, and how it is read.

    Who has an enrolment and no grade is left out: the platform did not say. Who has a grade and no enrolment stands
    without a track, for a person to look at.
    """
    row = FetchRow.objects.select_related("platform").filter(id=fetch_id, state=FetchState.FETCHED).first()
    if row is None or row.ended_at is None:
        raise NotFound("fetch_unknown", "This fetch is gone.")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Email", "Username", "Grade", "Passed", "Enrollment Track", "Enrollment Status"))
    for one in row.rows.filter(grade__isnull=False).order_by("username").iterator(2_000):
        grade, place = one.grade or {}, one.enrolment or {}
        share, status = share_of(grade), "enrolled" if place.get("is_active", True) else "unenrolled"
        passed = {True: "Y", False: "N"}.get(grade["passed"], "")
        shown = "" if share is None else f"{round(share, 6):f}"
        writer.writerow((grade["email"], one.username, shown, passed, place.get("mode", ""), status))
    name = name_of_report(row.run_id, row.ended_at)
    reading = Reading(Form.GRADE_REPORT, row.run_id, row.platform.place)
    return row.platform.institution, name, out.getvalue().encode(), reading


def _platform(row: PlatformRow) -> Platform:
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
    )
