"""What was paid to institutions."""

from linkspan.finance.queries import payments_at, payments_shape
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of payments of the money desk."""
    shape = payments_shape()
    return DeskList(
        name=ListName.PAYMENTS,
        shape=shape,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "title": lambda row: Cell(row.title),
            "amount": lambda row: Cell(money=row.amount),
            "currency": lambda row: Cell(row.amount.currency),
            "paid": lambda row: Cell(at=row.paid_at),
            "way": lambda row: Cell(code=row.way),
            "reference": lambda row: Cell(row.reference),
            "number": lambda row: Cell(number_of(row.id)),
        },
        read=lambda actor, ask: payments_at(actor, ask, shape),
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.CHARGE_FILE, row.id),
    )
