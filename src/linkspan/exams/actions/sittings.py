"""Exams, sittings and fees."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.catalog.queries import price_in_force, program
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.models import ExamRow, SittingRow
from linkspan.exams.rules import LONGEST_GRACE, Item, course_minimums, draw_form, may_manage_exams
from linkspan.finance.actions import charge
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit


@transaction.atomic
def add_exam(
    *,
    actor: Actor,
    code: str,
    program_key: str,
    form: Mapping[str, Any],
    bank: Iterable[Item],
    courses: list[str],
    attempts_allowed: int,
    now: datetime,
) -> None:
    """Enter an exam with its bank; a form that the bank cannot fill is Unusable. Entering it again changes nothing.

    What each course must reach is taken from the program's requirements of the day.
    """
    institution = program_key.split("/")[0]
    permit(may_manage_exams(actor, institution), "add exams here")
    items = tuple(bank)
    draw = {row["group"]: int(row["count"]) for row in form["draw"]}
    draw_form(items, draw, 0)
    grace = int(form.get("grace_seconds", 30))
    if not 0 <= grace <= LONGEST_GRACE.total_seconds():
        raise Unusable("grace_out_of_range", f"The grace of an exam is 0 to {LONGEST_GRACE.seconds} seconds.")
    minimums = course_minimums(program(program_key, now.date()).requirements)
    _, created = ExamRow.objects.get_or_create(
        code=code,
        defaults={
            "program_key": program_key,
            "institution": institution,
            "title": form["title"],
            "duration_minutes": int(form["duration_minutes"]),
            "pass_percent": Decimal(str(form["pass_percent"])),
            "attempts_allowed": attempts_allowed,
            "courses": courses,
            "minimums": {course: str(least) for course, least in minimums.items()},
            "bank": [asdict(item) for item in items],
            "draw": draw,
            "grace_seconds": grace,
        },
    )
    if created:
        audit.record(actor=actor, verb="add_exam", subject=f"exams.exam:{code}", now=now, after={"items": len(items)})


@transaction.atomic
def add_sitting(
    *,
    actor: Actor,
    code: str,
    opens_at: datetime,
    closes_at: datetime,
    release_at: datetime,
    now: datetime,
    capacity: int | None = None,
) -> UUID:
    """Enter a sitting, for so many learners if `capacity` is given; the same opening again gives the one there is."""
    row = exam_row(code)
    permit(may_manage_exams(actor, row.institution), "add sittings here")
    if not opens_at < closes_at or release_at < opens_at or (capacity is not None and capacity < 1):
        raise Unusable("sitting_unusable", "A sitting opens before it closes, and results come after its opening.")
    sitting, created = SittingRow.objects.get_or_create(
        exam=row, opens_at=opens_at, defaults={"closes_at": closes_at, "release_at": release_at, "capacity": capacity}
    )
    if created:
        after = {"exam": code, "opens_at": opens_at, "closes_at": closes_at, "release_at": release_at}
        audit.record(actor=actor, verb="add_sitting", subject=f"exams.sitting:{sitting.id}", now=now, after=after)
    return sitting.id


@transaction.atomic
def register_for_exam(*, actor: Actor, code: str, now: datetime) -> UUID:
    """Charge the exam fee in force to oneself; returns the charge."""
    row = exam_row(code)
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    price = price_in_force(f"exam:{row.code}", now.date())
    if price is None:
        raise Refused("no_price", "The exam is not on sale yet.")
    subject = f"exam:{row.code}"
    return charge(
        actor=actor,
        learner_id=actor.person_id,
        subject=subject,
        amount=price,
        now=now,
        institution=row.institution,
    )
