"""What banks say that came."""

from linkspan.finance.queries import BANK, bank_entries_at
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of entries of bank files."""
    return DeskList(
        name=ListName.BANK,
        shape=BANK,
        columns={
            "reference": lambda row: Cell(row.reference or row.payer),
            "amount": lambda row: Cell(money=row.amount),
            "currency": lambda row: Cell(row.amount.currency),
            "booked": lambda row: Cell(row.booked_on.isoformat()),
            "payer": lambda row: Cell(row.payer),
            "kind": lambda row: Cell(code=row.outcome),
            "state": lambda row: Cell(code=row.state),
            "number": lambda row: Cell(row.number),
        },
        read=bank_entries_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.BANK_ENTRY, row.id),
        start={"state": "waiting"},
    )
