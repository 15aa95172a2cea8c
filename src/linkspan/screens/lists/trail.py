"""The audit trail."""

from uuid import UUID

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.audit import Entry
from linkspan.kernel.errors import permit
from linkspan.kernel.ids import number_of
from linkspan.kernel.lists import Ask
from linkspan.kernel.paging import Page
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """All that was done here, for auditors."""
    return DeskList(
        name=ListName.TRAIL,
        shape=audit.TRAIL,
        columns={
            "at": lambda row: Cell(at=row.at),
            "who": lambda row: Cell(row.actor_name),
            "verb": lambda row: Cell(code=row.verb),
            "subject": lambda row: Cell(_number(row.subject), code=row.subject.partition(":")[0].rpartition(".")[2]),
            "why": lambda row: Cell(row.why),
        },
        read=_entries,
        key=lambda row: row.position,
        about=lambda row: About.of(Thing.TRAIL_ENTRY, row.position),
    )


def _entries(actor: Actor, ask: Ask) -> Page[Entry]:
    permit(actor.has_role("auditor"), "read the audit trail")
    return audit.entries(ask)


def _number(subject: str) -> str:
    """The number of the thing; its key where it is called by words."""
    key = subject.partition(":")[2]
    try:
        return number_of(UUID(key))
    except ValueError:
        return key
