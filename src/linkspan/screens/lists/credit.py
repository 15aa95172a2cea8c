"""What was done to credit by hand."""

from linkspan.kernel.things import About, Thing
from linkspan.recognition.queries import CREDIT_CHANGES, credit_changes_at
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of a registrar's changes of credit; the exceptions that wait come first."""
    return DeskList(
        name=ListName.CREDIT,
        shape=CREDIT_CHANGES,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "kind": lambda row: Cell(code=row.verb),
            "title": lambda row: Cell(row.course),
            "why": lambda row: Cell(row.why),
            "since": lambda row: Cell(at=row.prepared_at),
            "state": lambda row: Cell(code=row.state),
        },
        read=credit_changes_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CREDIT_CHANGE, row.id),
        start={"state": "waiting"},
    )
