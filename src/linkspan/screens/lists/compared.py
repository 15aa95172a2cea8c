"""What a learning platform says of a run's learners against the record."""

from linkspan.kernel.things import About, Thing
from linkspan.records.queries import COMPARED, compared, comparison_place
from linkspan.records.rules import Compared, Side
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(of: str) -> DeskList:
    """The lines of one comparison; those that wait for a decision come first."""
    comparison_id, institution = comparison_place(of)
    return DeskList(
        name=ListName.COMPARED,
        shape=COMPARED,
        columns={
            "title": lambda row: Cell(row.username),
            "name": lambda row: Cell(person=row.learner_id),
            "state": lambda row: Cell(code=row.state),
            "there": lambda row: _grade(row.there),
            "here": lambda row: _grade(row.here),
            "next": lambda row: Cell(code="" if row.left_at else row.next),
            "since": lambda row: Cell(at=row.since),
            "outcome": lambda row: Cell(code=_outcome(row)),
            "reason": lambda row: Cell(row.left_reason),
        },
        read=lambda actor, ask: compared(actor, comparison_id, ask),
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.COMPARED, row.id),
        at=institution,
        start={"outcome": "open"},
    )


def _grade(side: Side | None) -> Cell:
    """The grade of a side; a track stands for a grade that is not told."""
    if side is None:
        return Cell()
    return Cell(number=side.percent) if side.percent is not None else Cell(side.letter or side.track)


def _outcome(row: Compared) -> str:
    return "left" if row.left_at else "changed" if row.is_new else ""
