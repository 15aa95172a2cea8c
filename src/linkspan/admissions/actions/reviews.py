"""Readers are assigned, declare conflicts, and judge blind by the rubric; staff adopt the committee's scores."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import people_with_role
from linkspan.admissions.actions.decisions import record_score
from linkspan.admissions.actions.rows import locked_round
from linkspan.admissions.models import ApplicationRow, ReviewRow
from linkspan.admissions.queries.reviews import blind_file
from linkspan.admissions.rules.applications import State, may_admit
from linkspan.admissions.rules.reviews import (
    BlindFile,
    ReviewState,
    Rubric,
    check_direction,
    committee_score,
    make_rubric,
    may_read,
    read_rubric,
    rubric_shown,
    spread,
)
from linkspan.admissions.rules.scores import Better
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.versions import check_seen

LONGEST_NOTE = 5000


@transaction.atomic
def set_rubric(
    *,
    actor: Actor,
    round_id: UUID,
    rows: Sequence[tuple[str, int]],
    scale: int,
    quorum: int,
    now: datetime,
    seen: str | None = None,
) -> Rubric:
    """Say what readers judge, as (title, weight), and how many must; until the first reading is handed in.

    Changed if another rubric was saved than the one `seen`.
    """
    row = locked_round(round_id)
    permit(may_admit(actor, row.institution), "set this round's rubric")
    if ReviewRow.objects.filter(application__round=row, state=ReviewState.SUBMITTED).exists():
        raise Refused("reading_begun", "Readings are handed in already; the rubric stands.")
    check_direction(Better(row.better))
    check_seen(seen, rubric_shown(read_rubric(row.rubric)))
    rubric = make_rubric(rows, scale, quorum)
    row.rubric = jsonable(rubric)
    row.save(update_fields=["rubric"])
    subject = f"admissions.round:{row.id}"
    audit.record(actor=actor, verb="set_rubric", subject=subject, now=now, after={"rubric": row.rubric})
    return rubric


@transaction.atomic
def assign_readers(*, actor: Actor, round_id: UUID, each: int, now: datetime) -> int:
    """Give each application `each` readers of the institution, evenly; returns how many readings are new.

    Who declared a conflict is replaced when this is done again.
    """
    row = locked_round(round_id)
    permit(may_admit(actor, row.institution), "assign readers here")
    if not read_rubric(row.rubric).criteria:
        raise Refused("rubric_missing", "Set the rubric first: readers judge by it.")
    if not 1 <= each <= 9:
        raise Unusable("readers_unusable", "Between 1 and 9 people read an application.")
    waiting = ApplicationRow.objects.filter(round=row, state__in=[State.SUBMITTED, State.INCOMPLETE]).order_by("id")
    held: dict[UUID, dict[UUID, bool]] = {}
    given = ReviewRow.objects.filter(application__round=row).values_list("application_id", "reader_id", "state")
    for application_id, reader_id, state in given:
        held.setdefault(application_id, {})[reader_id] = state != ReviewState.CONFLICT
    people = [(application.id, application.learner_id) for application in waiting]
    made = spread(people, people_with_role("reader", row.institution), held, each)
    ReviewRow.objects.bulk_create(
        ReviewRow(
            application_id=application_id,
            reader_id=reader_id,
            assigned_by=actor.name,
            assigned_at=now,
            state=ReviewState.ASSIGNED,
        )
        for application_id, reader_id in made
    )
    after = {"readings": len(made), "each": each}
    audit.record(actor=actor, verb="assign_readers", subject=f"admissions.round:{row.id}", now=now, after=after)
    return len(made)


@transaction.atomic
def declare_conflict(*, actor: Actor, review_id: UUID, reason: str, now: datetime) -> None:
    """Step back from an application because one knows the applicant; what was judged no longer counts."""
    row = _review(actor, review_id)
    if not reason.strip():
        raise Unusable("reason_missing", "Say in a word what the conflict is, such as «my student».")
    row.state, row.conflict, row.points, row.score, row.note = ReviewState.CONFLICT, reason.strip()[:500], {}, None, ""
    row.save()
    audit.record(actor=actor, verb="declare_conflict", subject=f"admissions.review:{row.id}", now=now)


@transaction.atomic
def submit_review(*, actor: Actor, review_id: UUID, points: Mapping[str, int], note: str, now: datetime) -> BlindFile:
    """Hand in points for every criterion, with a note for the office; it can be changed until the list is certified."""
    row = _review(actor, review_id)
    if row.application.round.certified_by:
        raise Refused("list_certified", "The list is certified; readings stand.")
    if row.state == ReviewState.CONFLICT:
        raise Refused("conflict_declared", "You declared a conflict here.")
    if len(note) > LONGEST_NOTE:
        raise Unusable("note_too_long", "A note has at most {longest_note} characters.", longest_note=LONGEST_NOTE)
    before = row.score
    row.score = read_rubric(row.application.round.rubric).score(points)
    row.points, row.note, row.state, row.submitted_at = dict(points), note.strip(), ReviewState.SUBMITTED, now
    row.save()
    subject = f"admissions.review:{row.id}"
    was, after = {"score": before}, {"score": row.score}
    audit.record(actor=actor, verb="submit_review", subject=subject, now=now, before=was, after=after)
    return blind_file(actor, review_id)


@transaction.atomic
def adopt_scores(*, actor: Actor, round_id: UUID, now: datetime) -> int:
    """Record the mean of the readers as the committee's score wherever the quorum read; returns how many.

    A named person adopts them, and may record another score by hand afterwards.
    """
    row = locked_round(round_id)
    permit(may_admit(actor, row.institution), "adopt scores here")
    quorum = read_rubric(row.rubric).quorum
    by_application: dict[UUID, list[Decimal]] = {}
    done = ReviewRow.objects.filter(application__round=row, state=ReviewState.SUBMITTED).exclude(score=None)
    for application_id, score in done.values_list("application_id", "score"):
        by_application.setdefault(application_id, []).append(score or Decimal(0))
    adopted = 0
    for application_id, scores in sorted(by_application.items()):
        mean = committee_score(scores, quorum)
        if mean is not None:
            record_score(actor=actor, application_id=application_id, score=mean, now=now)
            adopted += 1
    return adopted


def _review(actor: Actor, review_id: UUID) -> ReviewRow:
    rows = ReviewRow.objects.select_for_update(of=("self",)).select_related("application__round")
    row = rows.filter(id=review_id).first()
    if row is None:
        raise NotFound("review_unknown", "There is no such reading of yours.")
    permit(may_read(actor, row.reader_id, row.application.round.institution), "judge for another reader")
    return row
