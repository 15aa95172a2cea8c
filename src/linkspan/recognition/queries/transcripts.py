"""Reads of what a transcript tells."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext

from linkspan.accounts.queries import people_by_id
from linkspan.catalog.queries import courses
from linkspan.institutions.queries import institution, letterhead
from linkspan.kernel import written
from linkspan.kernel.actor import Actor
from linkspan.kernel.ids import number_of
from linkspan.kernel.record import Record
from linkspan.recognition.models import ConferralRow, CreditAwardRow
from linkspan.recognition.queries.credit import SYSTEM, award, plan_task, with_originals
from linkspan.recognition.rules.awards import CREDIT, SUBSTITUTE, WAIVER, AwardState, CreditAward
from linkspan.recognition.rules.conferral import ConferralState
from linkspan.recognition.rules.records import degree_line, recognised_line, taken_line
from linkspan.records.queries import learner_record
from linkspan.vc.badges import Award


@dataclass(frozen=True, slots=True)
class DegreeRecord:
    """What a transcript of a degree tells: achievements, each saying when it was put on record."""

    learner_id: UUID
    institution: str
    title: str
    lines: tuple[Award, ...]


def transcript(actor: Actor, application_id: UUID, now: datetime, lang: str = "en") -> dict[str, Any]:
    """A learner's transcript for one degree, as the engine prints it on its `head`, for them and the school's staff.

    Credit by recognition, requirements lifted without credit, what was reversed, and the school's own courses stand
    apart from each other.
    """
    found = plan_task(actor, application_id, now)
    school = found.plan.institution
    rows = CreditAwardRow.objects.filter(application_id=application_id).order_by("posted_at", "number")
    held = list(zip(rows, with_originals(list(rows)), strict=True))
    learner = people_by_id([found.learner_id])[found.learner_id]
    record = learner_record(SYSTEM, found.learner_id)
    return {
        "lang": lang,
        "title": gettext("Transcript"),
        "head": letterhead(school, now.date()),
        "key": gettext(
            "Key to grades: letters run from A+, the best, to F, not passed; percentages from 0% to 100%. Each grade "
            "stands as the course that gave it wrote it."
        ),
        "institution": institution(school).name,
        "learner": learner.legal_name or learner.name,
        "degree": found.plan.title,
        "dated": gettext("As of {day}").format(day=written.day(now.date())),
        "note": gettext("Credit was recognised under the agreement and clause named. Number: {number}").format(
            number=number_of(application_id)
        ),
        "parts": [
            *_degree_parts(application_id),
            _credit_part(gettext("Credit by recognition"), held, lambda one: one.effect == CREDIT),
            _credit_part(gettext("Requirements filled by another course"), held, lambda one: one.effect == SUBSTITUTE),
            _credit_part(gettext("Requirements lifted without credit"), held, lambda one: one.effect == WAIVER),
            _courses_part(record, school),
            _reversed_part(held),
        ],
    }


def degree_record(actor: Actor, application_id: UUID, now: datetime) -> DegreeRecord:
    """The lines of a learner's degree record that stand: credit, requirements lifted, and courses at the school."""
    found = plan_task(actor, application_id, now)
    school = found.plan.institution
    rows = CreditAwardRow.objects.filter(application_id=application_id, state=AwardState.ACTIVE)
    lines = [
        recognised_line(award(row), row.posted_at.date(), settings.BASE_URL)
        for row in rows.order_by("posted_at", "number")
    ]
    held = ConferralRow.objects.filter(application_id=application_id, state=ConferralState.CONFERRED).first()
    if held is not None:
        lines.insert(0, degree_line(held.title, held.kind, held.agreement_id, held.day, settings.BASE_URL))
    taken = learner_record(SYSTEM, found.learner_id)["courses"]
    lines += [taken_line(row, school, settings.BASE_URL) for row in taken if row.get("institution") == school]
    return DegreeRecord(found.learner_id, school, found.plan.title, tuple(lines))


def _degree_parts(application_id: UUID) -> list[dict[str, Any]]:
    """The degree that was conferred, and one that was revoked; nothing while neither was."""
    rows = ConferralRow.objects.filter(application_id=application_id, conferred_at__isnull=False).order_by("since")
    told = [[row.title, written.day(row.day), _day(row.revoked_at)] for row in rows]
    header = [gettext("Degree"), gettext("Conferred"), gettext("Revoked")]
    return [{"title": gettext("Degree conferred"), "header": header, "rows": told, "empty": ""}] if told else []


def _credit_part(
    title: str, held: list[tuple[CreditAwardRow, CreditAward]], wanted: Callable[[CreditAward], bool]
) -> dict[str, Any]:
    header = [
        gettext("Course and original grade"),
        gettext("Slot"),
        gettext("Credits"),
        gettext("Agreement and clause"),
        gettext("Posted"),
    ]
    rows = [
        [
            ", ".join(
                part
                for part in (
                    written.listed(earned.title for earned in one.earned if earned.title),
                    one.course,
                    _originals(one),
                )
                if part
            ),
            one.slot,
            str(one.credits),
            f"{one.agreement_id} v{one.version}, {one.clause}"
            if one.clause
            else gettext("Exception by two registrars"),
            _day(row.posted_at),
        ]
        for row, one in held
        if one.state == AwardState.ACTIVE and wanted(one)
    ]
    return {"title": title, "header": header, "rows": rows, "empty": gettext("None.")}


def _originals(one: CreditAward) -> str:
    """How each of its courses was passed: grade and scale, then credits as they were stated."""
    rows = []
    for earned in one.earned:
        grade = written.grade(earned.grade) if earned.scale == "percent" else earned.grade
        rows.append(", ".join(part for part in (grade, f"{earned.credits} {earned.unit}".strip()) if part))
    return "; ".join(row for row in rows if row)


def _reversed_part(held: list[tuple[CreditAwardRow, CreditAward]]) -> dict[str, Any]:
    header = [gettext("Course"), gettext("Credits"), gettext("Posted"), gettext("Reversed")]
    rows = [
        [one.course, str(one.credits), _day(row.posted_at), _day(row.reversed_at)]
        for row, one in held
        if one.state == AwardState.REVERSED
    ]
    return {"title": gettext("Credit reversed"), "header": header, "rows": rows, "empty": gettext("None.")}


def _courses_part(record: Record, school: str) -> dict[str, Any]:
    own = sorted(
        (row for row in record["courses"] if row.get("institution") == school),
        key=lambda row: str(row.get("completed") or ""),
    )
    named = courses(f"{school}/{row['id']}" for row in own)
    rows = []
    for row in own:
        found, grade = named.get(f"{school}/{row['id']}"), row.get("grade")
        value = str(grade["value"]) if grade else ""
        rows.append(
            [
                f"{found.title} ({row['id']})" if found else str(row["id"]),
                written.grade(value) if grade and grade["scale"] == "percent" else value,
                written.number(found.credits) if found and found.credits is not None else "",
                written.day(str(row.get("completed") or "")),
            ]
        )
    header = [gettext("Course"), gettext("Grade"), gettext("Credits"), gettext("Completed")]
    title = gettext("Courses at the school")
    return {"title": title, "header": header, "rows": rows, "empty": gettext("None yet.")}


def _day(at: datetime | None) -> str:
    return written.day(at.date()) if at else ""
