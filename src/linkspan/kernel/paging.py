"""Pages of a longer list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of `total` rows; `number` counts from 1."""

    rows: tuple[T, ...]
    number: int
    size: int
    total: int

    @property
    def has_next(self) -> bool:
        """Whether rows follow this page."""
        return self.number * self.size < self.total

    @property
    def has_previous(self) -> bool:
        """Whether rows come before this page."""
        return self.number > 1


def page_of[T](rows: Any, total: int, present: Callable[[Any], T], *, number: int, size: int) -> Page[T]:
    """Cut one page out of `rows` (sliced lazily, so a query set reads only that page)."""
    size = max(1, min(size, LARGEST))
    number = max(1, number)
    start = (number - 1) * size
    return Page(tuple(present(row) for row in rows[start : start + size]), number, size, total)
