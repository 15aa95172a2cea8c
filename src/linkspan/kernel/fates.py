"""What becomes of the rows about a person when their account is deleted: each table says it in `AT_DELETION`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a row: it goes, it stays, or it stays without what tells who the person is."""

    GONE = "gone"
    KEPT = "kept"
    DETACHED = "detached"


class Ground(StrEnum):
    """Why a row stays although the person leaves; each has its basis in law, which the page names."""

    MONEY = "money"
    RELIED_ON = "relied_on"
    DECIDED = "decided"
    DISCLOSED = "disclosed"
    ACCOUNT = "account"
    TRAIL = "trail"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class AtDeletion:
    """What becomes of the rows of a table: without a ground they go; with one they stay, with `blank` put in."""

    ground: Ground | None = None
    blank: Mapping[str, object] = field(default_factory=dict)

    @property
    def fate(self) -> Fate:
        """Gone, kept or detached."""
        if self.ground is None:
            return Fate.GONE
        return Fate.DETACHED if self.blank else Fate.KEPT


GONE = AtDeletion()


def kept(ground: Ground, **blank: object) -> AtDeletion:
    """Rows that stay on that ground, with these values in place of what tells who it was."""
    return AtDeletion(ground, blank)
