"""Degrees that are to be conferred, were conferred, or revoked."""

from linkspan.kernel.things import About, Thing
from linkspan.recognition.queries import CONFERRALS, conferrals_at
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of the degrees of a registrar's institutions."""
    return DeskList(
        name=ListName.CONFERRALS,
        shape=CONFERRALS,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "conferral": lambda row: Cell(day=row.day),
            "state": lambda row: Cell(code=row.state),
            "since": lambda row: Cell(at=row.since),
        },
        read=conferrals_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CONFERRAL, row.id),
    )
