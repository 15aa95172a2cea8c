"""What is done to the catalogue. Entering the same thing twice changes nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from linkspan.catalog.models import CourseRow, CourseRunRow, PriceRow, ProgramRow, ProgramVersionRow
from linkspan.catalog.rules import may_manage_catalog
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit
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
) -> None:
    """Publish the requirement tree of a catalogue year; a published tree is never changed."""
    permit(may_manage_catalog(actor, program_key.split("/")[0]), "publish requirements here")
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
        after = {"catalogue_year": catalogue_year, "requirements": requirements}
        audit.record(actor=actor, verb="publish_requirements", subject=subject, now=now, after=after)


@transaction.atomic
def set_price(*, actor: Actor, institution: str, subject: str, price: Money, valid_from: date, now: datetime) -> None:
    """Set a price from a day on; the price before it ends the day before."""
    permit(may_manage_catalog(actor, institution), "set prices here")
    if price.minor < 0:
        raise Unusable("price_negative", "A price is not negative.")
    row, created = PriceRow.objects.get_or_create(
        subject=subject,
        valid_from=valid_from,
        defaults={"minor": price.minor, "currency": price.currency, "recorded_at": now},
    )
    if not created:
        if (row.minor, row.currency) != (price.minor, price.currency):
            raise Refused("price_published", f"A price from {valid_from} stands already. Set one from a later day.")
        return
    PriceRow.objects.filter(subject=subject, valid_to=None, valid_from__lt=valid_from).update(valid_to=valid_from)
    after = {"price": price, "valid_from": valid_from}
    audit.record(actor=actor, verb="set_price", subject=f"catalog.price:{subject}", now=now, after=after)
