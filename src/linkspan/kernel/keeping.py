"""How long rows are kept: each table says it in `KEPT_FOR`, and an installation sets the days within its bounds.

In `PARTED_BY` a table says that it may lie in parts, by which column.
"""

from dataclasses import dataclass, field

from django.db.models import Q

from linkspan.kernel.reasons import Phrase


@dataclass(frozen=True, slots=True)
class KeptFor:
    """Rows of one kind, by a `code` that settings name, and for how many days they are kept after `since`.

    `since` is the way to a time; rows that have none there stay, and so do those that are not `only`. With `file`,
    the rows stay and the document goes that this field names.
    """

    code: str
    holds: Phrase
    since: str
    days: int
    least: int
    most: int
    only: Q = field(default_factory=Q)
    file: str = ""


@dataclass(frozen=True, slots=True)
class PartedBy:
    """The column by which a table is parted.

    Its values are UUIDs of version 7, which begin with the time at which they were made: a part holds a month. With
    `numbers` they are numbers that count up, and a part holds so many.
    """

    column: str
    numbers: int = 0
