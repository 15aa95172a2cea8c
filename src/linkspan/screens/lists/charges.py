"""What institutions charged."""

from linkspan.finance.queries import charges_at, charges_shape
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of charges of the money desk."""
    shape = charges_shape()
    return DeskList(
        name=ListName.CHARGES,
        shape=shape,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "amount": lambda row: Cell(money=row.amount),
            "currency": lambda row: Cell(row.amount.currency),
            "state": lambda row: Cell(code=row.state),
            "at": lambda row: Cell(at=row.at),
            "reference": lambda row: Cell(row.reference),
            "number": lambda row: Cell(number_of(row.id)),
        },
        read=lambda actor, ask: charges_at(actor, ask, shape),
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CHARGE_FILE, row.id),
    )
