"""What a learning platform hands over of its learners, and what is asked of any platform."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from linkspan.kernel.addresses import Address


@dataclass(frozen=True, slots=True)
class PlatformLearner:
    """A learner as a platform hands them over: who, and facts as (kind, key, data) of `records`."""

    email: Address
    name: str
    facts: tuple[tuple[str, str, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A row of what a platform hands over, by its number from 1: a learner, or why it cannot be read."""

    number: int
    learner: PlatformLearner | None
    problem: str = ""


class LearningPlatform(Protocol):
    """A platform from which completers of a program can be read."""

    @property
    def name(self) -> str:
        """What the platform's records name as their source."""
        ...

    def completers(self) -> Iterator[PlatformRow]:
        """Everybody, page by page; a row that cannot be read says why."""
        ...
