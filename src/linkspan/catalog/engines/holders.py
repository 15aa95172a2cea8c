"""Entries whose table another domain holds: each says what there is, whether one fits, and makes it public."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from linkspan.catalog.engines.entries import Entry
from linkspan.catalog.rules import Kind
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Sentence

#: What stands in an entry.
type Content = Mapping[str, Any]
#: What becomes public together with an entry, by kind and key: prepared already, or in the same file.
type Coming = Mapping[tuple[Kind, str], Content]


class Holder[Shape: Entry](Protocol):
    """What a domain does with the entries of one kind."""

    def entries(self, institution: str) -> Iterable[Shape]:
        """All that there are, in the order in which a file has them."""

    def wrong(
        self, actor: Actor, institution: str, entry: Shape, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """What keeps it from becoming public, by field; empty if it may."""

    def publish(self, actor: Actor, institution: str, entry: Shape, now: datetime) -> None:
        """Make it public."""


type Held = Mapping[Kind, Holder[Any]]
HOLDERS: dict[Kind, Holder[Any]] = {}


def hold(held: Held) -> None:
    """Have a domain hold the entries of these kinds."""
    HOLDERS.update(held)
