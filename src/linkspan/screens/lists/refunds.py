"""What goes back from institutions."""

from linkspan.finance.queries import REFUNDS, refunds_at
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of refunds of the money desk."""
    return DeskList(
        name=ListName.REFUNDS,
        shape=REFUNDS,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "amount": lambda row: Cell(money=row.amount),
            "currency": lambda row: Cell(row.amount.currency),
            "state": lambda row: Cell(code=row.state),
            "way": lambda row: Cell(code=row.way),
            "at": lambda row: Cell(at=row.at),
            "reason": lambda row: Cell(row.reason),
            "number": lambda row: Cell(number_of(row.charge_id)),
        },
        read=refunds_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CHARGE_FILE, row.charge_id),
    )
