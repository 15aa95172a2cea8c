"""Answers that people mark: given to markers evenly, marked by each alone, and by a third where two differ too much."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import people_with_role
from linkspan.exams.actions.rows import attempt_row, mark
from linkspan.exams.events import MarksWait
from linkspan.exams.models import AttemptRow, MarkRow
from linkspan.exams.queries import MARKED_IN, as_exam, confirmers_of, essays_of, load_of, totals_of
from linkspan.exams.rules import Item, check_points, choose_markers, markers_needed
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit


@transaction.atomic
def assign_markers(*, actor: Actor, attempt_id: UUID, now: datetime) -> int:
    """Name who marks the answers of an attempt, as many as are missing; how many were named.

    Markers are program staff of the institution, never the learner and nobody who confirmed the identity. Who is no
    longer one gives back what they did not mark. Where too few are left, the others follow when there are more.
    """
    permit(actor.is_system, "name markers")
    row = attempt_row(attempt_id)
    if not row.to_mark or row.released_at is not None or row.state not in MARKED_IN:
        return 0
    return _assign(row, now)


def _assign(row: AttemptRow, now: datetime) -> int:
    exam = as_exam(row.version)
    may = set(people_with_role("program_staff", exam.institution)) - {row.learner_id} - confirmers_of(row)
    row.marks.filter(marked_at=None).exclude(marker_id__in=may).delete()
    totals, named, essays = totals_of(row), 0, essays_of(row)
    row.marks.filter(marked_at=None).exclude(item__in=essays).delete()
    for name, (item, version, _) in essays.items():
        needed = markers_needed(item, totals.get((name, version), []))
        named += _name(row, item, version, needed, may, now)
    return named


def _name(row: AttemptRow, item: Item, version: int, needed: int, may: set[UUID], now: datetime) -> int:
    row.marks.filter(item=item.id, marked_at=None).exclude(version=version).delete()
    held = list(row.marks.filter(item=item.id, version=version))
    free = sorted(set(range(1, needed + 1)) - {one.number for one in held})
    load = load_of(row.version.exam_id)
    chosen = choose_markers(may - {one.marker_id for one in held}, load, len(free), f"{row.id}:{item.id}")
    for number, marker_id in zip(free, chosen, strict=False):
        told = {"learner_id": row.learner_id, "marker_id": marker_id, "assigned_at": now}
        MarkRow.objects.create(attempt=row, item=item.id, version=version, number=number, **told)
    return len(chosen)


@transaction.atomic
def tell_marker(*, actor: Actor, marker_id: UUID, code: str, now: datetime) -> None:
    """Have a marker told, in one notice, of all answers of an exam that wait for them; not who left the staff."""
    permit(actor.is_system, "tell markers")
    rows = MarkRow.objects.filter(marker_id=marker_id, marked_at=None, attempt__state__in=MARKED_IN)
    rows = rows.filter(attempt__version__exam_id=code, attempt__released_at=None)
    rows_by_due = rows.select_related("attempt__version__exam", "attempt__sitting")
    first = rows_by_due.order_by("attempt__sitting__release_at").first()
    if first is None or marker_id not in people_with_role("program_staff", first.attempt.version.exam.institution):
        return
    told = (first.attempt.version.title, rows.count(), first.attempt.sitting.release_at)
    outbox.publish(MarksWait(marker_id, code, *told), now=now)
    MarkRow.objects.filter(id__in=rows.values("id"), told_at=None).update(told_at=now)


@transaction.atomic
def put_mark(*, actor: Actor, mark_id: UUID, points: Sequence[int], comment: str, now: datetime) -> None:
    """Mark an answer that waits for the actor, criterion by criterion; a mark that is given stays.

    The same mark again changes nothing. A third person is named where two differ by more than the question allows; the
    attempt is marked once nothing is missing.
    """
    found = MarkRow.objects.filter(id=mark_id).first()
    if found is None or not actor.is_person(found.marker_id):
        raise NotFound("mark_unknown", "No such answer waits for you.")
    row = attempt_row(found.attempt_id)
    one = MarkRow.objects.get(id=mark_id)
    permit(actor.has_role("program_staff", row.sitting.exam.institution), "mark answers")
    asked = essays_of(row).get(one.item)
    if asked is None or asked[1] != one.version or row.released_at is not None or row.state not in MARKED_IN:
        raise Refused("mark_over", "This answer is not to be marked any more. Open your list again.")
    given = list(check_points(asked[0], points, comment))
    if one.marked_at is not None:
        if (one.points, one.comment) == (given, comment.strip()):
            return
        raise Refused("mark_given", "You marked this answer. A mark that is given stays.")
    one.points, one.comment, one.marked_by, one.marked_at = given, comment.strip(), actor.name, now
    one.save(update_fields=["points", "comment", "marked_by", "marked_at"])
    mark(row)
    if row.to_mark:
        _assign(row, now)
    after = {"item": one.item, "points": given, "number": one.number}
    audit.record(actor=actor, verb="put_mark", subject=f"exams.attempt:{row.id}", now=now, after=after)
