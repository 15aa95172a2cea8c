"""What institutions issued."""

from linkspan.credentials.queries import ISSUED, issued_at
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of the credential desk."""
    return DeskList(
        name=ListName.CREDENTIALS,
        shape=ISSUED,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "kind": lambda row: Cell(code=row.kind),
            "institution": lambda row: Cell(row.institution),
            "awarded": lambda row: Cell(at=row.awarded_at),
            "state": lambda row: Cell(code=row.state),
            "number": lambda row: Cell(number_of(row.id)),
        },
        read=issued_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.ISSUED, row.id),
    )
