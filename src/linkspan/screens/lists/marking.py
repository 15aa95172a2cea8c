"""Answers of exams that wait for a mark."""

from linkspan.exams.queries import MARKING, marks_waiting
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName

LONGEST = 100


def described(_of: str) -> DeskList:
    """The list of one marker: whose answers they are is told to nobody."""
    return DeskList(
        name=ListName.MARKING,
        shape=MARKING,
        columns={
            "question": lambda row: Cell(_short(row.question)),
            "title": lambda row: Cell(row.title),
            "since": lambda row: Cell(at=row.since),
            "due": lambda row: Cell(at=row.due),
            "kind": lambda row: Cell(code="third_mark" if row.third else "first_mark"),
            "number": lambda row: Cell(number_of(row.id)),
        },
        read=marks_waiting,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.EXAM_MARK, row.id),
    )


def _short(question: str) -> str:
    return question if len(question) <= LONGEST else f"{question[: LONGEST - 1]}…"
