"""Content groups: how a course divides its learners, and which group sees what. Source: Open edX's user partitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

#: Partition and groups of the tracks, which every course of Open edX has without naming them.
TRACKS = "50"
TRACK_GROUPS: Mapping[str, str] = {"audit": "1", "verified": "2"}
#: Schemes by which a learner comes into a group.
COHORT, RANDOM = "cohort", "random"
#: A block is for these groups of these partitions: in each of them one of the groups has to be the learner's.
GroupAccess = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a partition, by its number in the course."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Partition:
    """One way of dividing learners into groups; one that is not active divides nobody."""

    id: str
    name: str
    scheme: str
    groups: tuple[Group, ...]
    active: bool = True

    def has(self, group: str) -> bool:
        """Whether it has a group of this number."""
        return any(one.id == group for one in self.groups)


def in_groups(access: GroupAccess, mine: Mapping[str, str]) -> bool:
    """Return whether who is in these groups (by partition) is let in; who has no group of a partition is not."""
    return all(mine.get(partition) in allowed for partition, allowed in access)


def content_groups(partitions: Iterable[Partition]) -> tuple[tuple[Partition, Group], ...]:
    """The groups to which cohorts can be bound, in the order of the course."""
    return tuple(
        (partition, group)
        for partition in partitions
        if partition.scheme == COHORT and partition.active
        for group in partition.groups
    )


def by_chance(learner: str, partition: Partition) -> str | None:
    """The group of a learner in a partition that divides by chance: always the same, while its groups stay."""
    if not partition.groups:
        return None
    chance = Random(f"{learner}|partition {partition.id}")  # noqa: S311  no secret depends on it
    return chance.choice(partition.groups).id
