"""Counts of people told in fives, so that no figure and no difference of figures tells on a person.

A count is told as the band of FEWEST numbers in which it lies: 0–4, 5–9, 10–14. Small and large counts alike, for a
small one could otherwise be had by subtracting large ones. Of two counts in nested groups each could then be any number
of its band, and so their difference any of at least FEWEST. Only a total can say more of its parts than they do: two
parts of 0–4 with a total of 5–9 are 1 or more each. So `total` tells what the bands of the parts add up to, and
`scale_for` leaves out of the scale for whatever counts people of a total the bands that would narrow its parts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

FEWEST = 5


@dataclass(frozen=True, slots=True, order=True)
class Band:
    """A count somewhere from `low` to `high`, both possible."""

    low: int
    high: int

    @property
    def middle(self) -> int:
        """A number to reckon with in its place."""
        return (self.low + self.high) // 2

    def __str__(self) -> str:
        return f"{self.low}–{self.high}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Bands that begin at the multiples of FEWEST, but at none of those left out."""

    left_out: frozenset[int] = frozenset()

    def band(self, count: int) -> Band:
        """The band in which a count is told."""
        low = count - count % FEWEST
        above = low + FEWEST
        while low in self.left_out:
            low -= FEWEST
        while above in self.left_out:
            above += FEWEST
        return Band(low, above - 1)


FIVES = Scale()


def total(parts: Iterable[int]) -> Band:
    """The total of parts that are told beside it: what their bands add up to, which says nothing more of them."""
    bands = [FIVES.band(part) for part in parts]
    return Band(sum(band.low for band in bands), sum(band.high for band in bands))


def scale_for(*splits: Collection[int]) -> Scale:
    """The scale for counts of people of these splits, the parts of which are told in fives.

    No band begins in the last four numbers that the parts can add up to: it would say of each that it is not the least.
    """
    most = [sum(FIVES.band(part).high for part in parts) for parts in splits if parts]
    return Scale(frozenset(top - top % FEWEST for top in most if top % FEWEST < FEWEST - 1))
