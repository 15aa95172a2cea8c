"""Usernames of learning platforms that an institution's files told."""

from linkspan.courseware.queries import USERNAMES, usernames_at
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(_of: str) -> DeskList:
    """The list of those who say whose a username is; what is nobody's yet comes first."""
    return DeskList(
        name=ListName.USERNAMES,
        shape=USERNAMES,
        columns={
            "title": lambda row: Cell(row.named.username),
            "institution": lambda row: Cell(row.named.institution),
            "platform": lambda row: Cell(row.named.place),
            "state": lambda row: Cell(code=row.state),
            "since": lambda row: Cell(at=row.told_at),
        },
        read=usernames_at,
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.USERNAME, row.id),
        start={"state": "unlinked"},
    )
