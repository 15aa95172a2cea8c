"""Cases about credit whose credential was revoked."""

from linkspan.kernel.things import About, Thing
from linkspan.recognition.queries import CASES, cases_at
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of a registrar's cases."""
    return DeskList(
        name=ListName.CASES,
        shape=CASES,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "reason": lambda row: Cell(row.reason),
            "opened": lambda row: Cell(at=row.opened_at),
            "due": lambda row: Cell(at=row.due_at),
            "closed": lambda row: Cell(at=row.closed_at),
            "outcome": lambda row: Cell(code=row.outcome),
        },
        read=cases_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CASE, row.id),
        start={"state": "open"},
    )
