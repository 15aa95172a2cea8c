"""What is done to the catalogue. Entering the same thing twice changes nothing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from linkspan.catalog.models import CourseRow, CourseRunRow, PriceRow, ProgramRow, ProgramVersionRow
from linkspan.catalog.queries import courses, exam_owners, program_keys, program_versions
from linkspan.catalog.rules import check_tree, courses_of, may_manage_catalog, programs_of
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable, permit
from linkspan.kernel.money import Money


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
    permit(may_manage_catalog(actor, institution), "add courses here")
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
    permit(may_manage_catalog(actor, institution), "add course runs here")
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
    permit(may_manage_catalog(actor, institution), "add programs here")
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
    permit(may_manage_catalog(actor, program_key.split("/")[0]), "publish requirements here")
    check_tree(requirements)
    _check_named(program_key, requirements, frozenset(not_here_yet))
    row, created = ProgramVersionRow.objects.get_or_create(
        program_id=program_key,
        catalogue_year=catalogue_year,
        defaults={"requirements": requirements, "valid_from": valid_from},
    )
    if not created and row.requirements != requirements:
        raise Refused(
            "requirements_published", f"The requirements of {catalogue_year} are published. Publish a new year."
        )
    if created:
        subject = f"catalog.program:{program_key}"
        after = {"catalogue_year": catalogue_year, "requirements": requirements, "not_here_yet": sorted(not_here_yet)}
        audit.record(actor=actor, verb="publish_requirements", subject=subject, now=now, after=after)


def _check_named(program_key: str, tree: Mapping[str, Any], marked: frozenset[str]) -> None:
    named_courses, named_programs = set(courses_of(tree)), set(programs_of(tree))
    known = set(courses(named_courses)) | program_keys(named_programs)
    strange = sorted((named_courses | named_programs) - known - marked)
    if strange:
        told = ", ".join(strange)
        words = f"No catalogue here has {told}. Correct the key, or mark it as not in the catalogue yet."
        raise Unusable("requirements_unknown", words, tuple(strange))
    reached, waiting = set[str](), named_programs
    while waiting:
        reached |= waiting
        versions = [version for key in waiting for version in program_versions(key, date.max)]
        waiting = {key for version in versions for key in programs_of(version.requirements)} - reached
    if program_key in reached:
        raise Unusable("requirements_circular", f"A program that {program_key} asks for asks for {program_key} itself.")


@transaction.atomic
def set_price(*, actor: Actor, institution: str, subject: str, price: Money, valid_from: date, now: datetime) -> None:
    """Set a price from a day on, until the next one that is set; the price before it ends the day before.

    What is priced belongs to the institution: two prices of one thing never hold at once, whoever sets them.
    """
    permit(may_manage_catalog(actor, institution), "set prices here")
    _check_owner(institution, subject)
    if price.minor < 0:
        raise Unusable("price_negative", "A price is not negative.")
    rows = list(PriceRow.objects.select_for_update().filter(subject=subject).order_by("valid_from"))
    same = next((row for row in rows if row.valid_from == valid_from), None)
    if same is not None:
        if (same.minor, same.currency) != (price.minor, price.currency):
            raise Refused("price_published", f"A price from {valid_from} stands already. Set one from a later day.")
        return
    overlapped = [row for row in rows if row.valid_from < valid_from and (row.valid_to or date.max) > valid_from]
    PriceRow.objects.filter(id__in=[row.id for row in overlapped]).update(valid_to=valid_from)
    PriceRow.objects.create(
        subject=subject,
        valid_from=valid_from,
        valid_to=next((row.valid_from for row in rows if row.valid_from > valid_from), None),
        minor=price.minor,
        currency=price.currency,
        recorded_at=now,
    )
    after = {"price": price, "valid_from": valid_from}
    audit.record(actor=actor, verb="set_price", subject=f"catalog.price:{subject}", now=now, after=after)


def _check_owner(institution: str, subject: str) -> None:
    """NotPermitted for what another institution teaches; an exam is known by its code alone."""
    kind, _, key = subject.partition(":")
    owner = institution
    if kind in ("course", "program"):
        owner = key.partition("/")[0]
    elif kind == "degree-course":
        owner = key
    elif kind == "course-run":
        owner = CourseRunRow.objects.filter(id=key).values_list("course__institution", flat=True).first() or ""
    elif kind == "exam":
        owners = exam_owners({key}).get(key, frozenset())
        owner = institution if not owners or institution in owners else ""
    else:
        known = "course:, course-run:, exam:, program: or degree-course:"
        raise Unusable("subject_unknown", f"Nothing is priced as {subject[:60]!r}: a price is of {known}")
    if owner != institution:
        raise NotPermitted("not_permitted", f"{subject} is not of {institution}: its own institution sets the price.")
