"""Attempts at exams."""

from linkspan.exams.queries import ATTEMPTS, attempts_at
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of the exam desk."""
    return DeskList(
        name=ListName.ATTEMPTS,
        shape=ATTEMPTS,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "sitting": lambda row: Cell(at=row.sits_at),
            "submitted": lambda row: Cell(at=row.submitted_at),
            "state": lambda row: Cell(code=row.state),
        },
        read=attempts_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.EXAM_REVIEW, row.id),
    )
