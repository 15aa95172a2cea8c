"""What becomes of the rows about a person when that account is joined with another one of theirs: `AT_MERGE`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from linkspan.kernel.reasons import Sentence


class Way(StrEnum):
    """What becomes of a row of the account that ends.

    It moves to the account that stays; it stays where it is, as history that is found by the old id; it goes; it
    follows the row that it belongs to; or the act that joins accounts does with it what no rule says in a word.
    """

    MOVES = "moves"
    STAYS = "stays"
    GOES = "goes"
    FOLLOWS = "follows"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class AtMerge:
    """What becomes of the rows of a table, and what stands in the way.

    Of two rows with one `key`, one of each account, the one of the account that stays is kept and the other one stays
    as history; the other way round where it is `better` (fields, with their values from the worst to the best), or
    where only the account that ends has rows `where` (a table) with that key. With `clash` they stand in the way,
    unless they say the `same`. `only` says of which rows all this is asked. A row of `parent` moves with it. `halts`
    are rows of either account that stand in the way whatever the other one holds. In a table `of_anybody` a row may
    name the other account as somebody who worked on it.
    """

    way: Way
    key: tuple[str, ...] = ()
    only: Q | None = None
    clash: Sentence | None = None
    same: str = ""
    better: Mapping[str, tuple[str, ...]] | None = None
    where: str = ""
    parent: str = ""
    halts: tuple[tuple[Q, Sentence], ...] = ()
    of_anybody: bool = False


MOVES = AtMerge(Way.MOVES)
STAYS = AtMerge(Way.STAYS, of_anybody=True)
GOES = AtMerge(Way.GOES)
FOLLOWS = AtMerge(Way.FOLLOWS)
BY_HAND = AtMerge(Way.BY_HAND)


def one_of(*key: str, only: Q | None = None, better: Mapping[str, tuple[str, ...]] | None = None) -> AtMerge:
    """Rows of which one is kept."""
    return AtMerge(Way.MOVES, key, only, better=better)


def not_both(clash: Sentence, *key: str, only: Q | None = None, same: str = "") -> AtMerge:
    """Rows that stand in the way where both accounts hold one of the key."""
    return AtMerge(Way.MOVES, key, only, clash, same)


def not_while(*halts: tuple[Q, Sentence], way: Way = Way.MOVES) -> AtMerge:
    """Rows that stand in the way whatever the other account holds."""
    return AtMerge(way, halts=halts)
