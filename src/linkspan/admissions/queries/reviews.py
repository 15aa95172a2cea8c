"""Reads of reviews: a reader's own list and blind files; for the office, all reviews and how readers compare."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from linkspan.accounts.queries import people_by_id
from linkspan.admissions.models import ReviewRow, RoundRow
from linkspan.admissions.queries.applications import application
from linkspan.admissions.queries.intakes import round_by_id
from linkspan.admissions.rules.applications import Application, may_admit, may_decide
from linkspan.admissions.rules.reviews import (
    BlindFile,
    Calibration,
    Review,
    ReviewState,
    Rubric,
    calibrate,
    candidate_number,
    hide,
    may_read,
    read_rubric,
)
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.pathways.queries import StoredAudit, stored_audits

SYSTEM = system_actor("admissions")


@public
def rubric_of(round_id: UUID) -> Rubric:
    """The rubric of a round; it is public, so that applicants know what is judged."""
    return read_rubric(RoundRow.objects.values_list("rubric", flat=True).get(id=round_id))


def reading_list(actor: Actor) -> tuple[BlindFile, ...]:
    """What one has to read, open readings first."""
    if actor.person_id is None:
        return ()
    rows = _rows().filter(reader_id=actor.person_id).order_by("submitted_at", "assigned_at", "id")[:200]
    mine = [row for row in rows if may_read(actor, row.reader_id, row.application.round.institution)]
    return _blind(mine)


def blind_file(actor: Actor, review_id: UUID) -> BlindFile:
    """One application as its reader sees it; NotFound for everybody else, the office included."""
    row = _rows().filter(id=review_id).first()
    if row is None or not may_read(actor, row.reader_id, row.application.round.institution):
        raise NotFound("review_unknown", "There is no such reading of yours.")
    (found,) = _blind([row])
    return found


def reviews_of(actor: Actor, application_id: UUID) -> tuple[Review, ...]:
    """The reviews of an application with their notes, for the institution's admissions staff only."""
    return readings_of(actor, application(actor, application_id))


def readings_of(actor: Actor, found: Application) -> tuple[Review, ...]:
    """`reviews_of` an application at hand."""
    permit(may_decide(actor, found.learner_id, found.round.institution), "see these reviews")
    return _reviews(ReviewRow.objects.filter(application_id=found.id).order_by("assigned_at", "id"))


def calibration(actor: Actor, round_id: UUID) -> tuple[Calibration, ...]:
    """How the readers of a round compare, for the institution's admissions staff."""
    permit(may_admit(actor, round_by_id(round_id).institution), "compare these readers")
    return calibrate(_reviews(ReviewRow.objects.filter(application__round_id=round_id).order_by("id")))


def _rows() -> QuerySet[ReviewRow]:
    return ReviewRow.objects.select_related("application__round__intake")


def _reviews(rows: Iterable[ReviewRow]) -> tuple[Review, ...]:
    rows = list(rows)
    names = people_by_id(row.reader_id for row in rows) if rows else {}
    return tuple(
        Review(
            row.id,
            row.application_id,
            row.reader_id,
            names[row.reader_id].name,
            ReviewState(row.state),
            row.points,
            row.score,
            row.note,
            row.conflict,
            row.submitted_at,
        )
        for row in rows
    )


def _blind(rows: Iterable[ReviewRow]) -> tuple[BlindFile, ...]:
    rows = list(rows)
    names = people_by_id(row.application.learner_id for row in rows)
    audits = stored_audits(SYSTEM, [row.application.audit_id for row in rows])
    return tuple(_file(row, names[row.application.learner_id].name, audits[row.application.audit_id]) for row in rows)


def _file(row: ReviewRow, name: str, audit: StoredAudit) -> BlindFile:
    sent = row.application
    clauses = audit.result["requirements"]
    return BlindFile(
        row.id,
        candidate_number(sent.round.intake.seed, sent.id),
        sent.round.title,
        sent.round.term,
        hide(sent.statement, [name]),
        tuple((str(c["clause"]), str(c["text"]), str(c["outcome"])) for c in clauses),
        read_rubric(sent.round.rubric),
        ReviewState(row.state),
        row.points,
        row.note,
        row.state != ReviewState.CONFLICT and not sent.round.certified_by,
    )
