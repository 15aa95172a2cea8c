"""Courses, runs, programs and requirements become public. Entering the same thing twice changes nothing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from linkspan.catalog.models import CourseRow, CourseRunRow, ProgramRow, ProgramVersionRow
from linkspan.catalog.queries import courses, program_keys, program_versions
from linkspan.catalog.rules import check_tree, courses_of, may_publish_catalog, programs_of
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def add_course(
    *,
    actor: Actor,
    institution: str,
    code: str,
    title: str,
    summary: str,
    credits: Decimal | None,
    now: datetime,
) -> str:
    """Enter a course and return its key."""
    permit(may_publish_catalog(actor, institution), "add courses here")
    key = f"{institution}/{code}"
    fields = {"institution": institution, "code": code, "title": title, "summary": summary, "credits": credits}
    _, created = CourseRow.objects.get_or_create(key=key, defaults=fields)
    if created:
        audit.record(actor=actor, verb="add_course", subject=f"catalog.course:{key}", now=now, after=fields)
    return key


@transaction.atomic
def add_run(
    *, actor: Actor, run_id: str, course_key: str, dates: Mapping[str, datetime], zone: str, now: datetime
) -> None:
    """Enter a course run; `dates` has starts, ends, enrolment_opens, enrolment_closes and upgrade_by."""
    institution = course_key.split("/")[0]
    permit(may_publish_catalog(actor, institution), "add course runs here")
    if not dates["enrolment_opens"] < dates["enrolment_closes"] or not dates["starts"] < dates["ends"]:
        raise Unusable("dates_out_of_order", "A run starts before it ends, and so does its enrolment window.")
    _, created = CourseRunRow.objects.get_or_create(
        id=run_id, defaults={"course_id": course_key, "time_zone": zone, **dates}
    )
    if created:
        audit.record(actor=actor, verb="add_run", subject=f"catalog.run:{run_id}", now=now, after=dates)


@transaction.atomic
def add_program(
    *,
    actor: Actor,
    institution: str,
    code: str,
    title: str,
    summary: str,
    kind: str,
    now: datetime,
) -> str:
    """Enter a program and return its key; `publish_requirements` gives it a tree."""
    permit(may_publish_catalog(actor, institution), "add programs here")
    key = f"{institution}/{code}"
    fields = {"institution": institution, "code": code, "title": title, "summary": summary, "kind": kind}
    _, created = ProgramRow.objects.get_or_create(key=key, defaults=fields)
    if created:
        audit.record(actor=actor, verb="add_program", subject=f"catalog.program:{key}", now=now, after=fields)
    return key


@transaction.atomic
def publish_requirements(
    *,
    actor: Actor,
    program_key: str,
    catalogue_year: int,
    requirements: Mapping[str, Any],
    valid_from: date,
    now: datetime,
    not_here_yet: Collection[str] = (),
) -> None:
    """Publish the requirement tree of a catalogue year; a published tree is never changed.

    Unusable if it names a course or program that is in no catalogue here, unless its key is marked `not_here_yet`; or
    a program that asks for this one. Exams are made for a program after it, so their codes are not looked up.
    """
    permit(may_publish_catalog(actor, program_key.split("/")[0]), "publish requirements here")
    check_tree(requirements)
    one_at_a_time("catalog.requirements")
    check_named(program_key, requirements, frozenset(not_here_yet))
    row, created = ProgramVersionRow.objects.get_or_create(
        program_id=program_key,
        catalogue_year=catalogue_year,
        defaults={"requirements": requirements, "valid_from": valid_from, "not_here_yet": sorted(not_here_yet)},
    )
    if not created and row.requirements != requirements:
        raise Refused(
            "requirements_published",
            "The requirements of {catalogue_year} are published. Publish a new year.",
            catalogue_year=catalogue_year,
        )
    if created:
        subject = f"catalog.program:{program_key}"
        after = {"catalogue_year": catalogue_year, "requirements": requirements, "not_here_yet": sorted(not_here_yet)}
        audit.record(actor=actor, verb="publish_requirements", subject=subject, now=now, after=after)


def check_named(program_key: str, tree: Mapping[str, Any], marked: frozenset[str]) -> None:
    """Unusable unless what the tree names is in a catalogue or marked, and no program asks for itself."""
    named_courses, named_programs = set(courses_of(tree)), set(programs_of(tree))
    known = set(courses(named_courses)) | program_keys(named_programs)
    strange = sorted((named_courses | named_programs) - known - marked)
    if strange:
        raise Unusable(
            "requirements_unknown",
            "No catalogue here has {keys}. Correct the key, or mark it as not in the catalogue yet.",
            tuple(strange),
            keys=", ".join(strange),
        )
    reached, waiting = set[str](), named_programs
    while waiting:
        reached |= waiting
        versions = [version for key in waiting for version in program_versions(key, date.max)]
        waiting = {key for version in versions for key in programs_of(version.requirements)} - reached
    if program_key in reached:
        raise Unusable(
            "requirements_circular",
            "A program that {program_key} asks for asks for {program_key} itself.",
            program_key=program_key,
        )


@transaction.atomic
def change_row(
    *, actor: Actor, row: CourseRow | CourseRunRow | ProgramRow, subject: str, fields: Mapping[str, Any], now: datetime
) -> None:
    """Change what is public of a course, run or program; its code, and the course of a run, stay."""
    before = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    audit.record(actor=actor, verb="change_entry", subject=subject, now=now, before=before, after=fields)
