"""Cohorts: learners of a run who study it together, and so may see what is for their content group alone."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random
from uuid import UUID

from linkspan.courseware.rules.course import Block
from linkspan.courseware.rules.groups import Group, Partition, content_groups
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.lines import OneLine

#: Of a list.
PLACE_COLUMNS = ("email", "cohort")
LONGEST_NAME, LONGEST_REASON, MOST_COHORTS = 100, 1_000, 100
#: Parts that are named one by one where a learner moves.
MOST_NAMED = 50


class How(StrEnum):
    """How a learner came into a cohort, or out of it."""

    BY_HAND = "by_hand"
    BY_LIST = "by_list"
    BY_CHANCE = "by_chance"


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort of a run. `group` is the content group that its learners are in (`PARTITION:GROUP`), empty for none.

    `automatic`: who studies in the run and is in no cohort comes into one of these by chance.
    """

    id: UUID
    run_id: str
    name: str
    automatic: bool
    group: str
    learners: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Addressed:
    """A cohort to which somebody may write alone."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ContentGroup:
    """A group of the course to which cohorts can be bound: `PARTITION:GROUP`, and how its author calls it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Placed:
    """That a learner came into a cohort, or out of all (`cohort_id` None); the newest of a learner is `current`."""

    learner_id: UUID
    cohort_id: UUID | None
    how: How
    reason: str
    by: str
    at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class PlaceEffect:
    """What moving a learner changes: parts that hide and that show, by title, and answers that stay but are hidden.

    The grade is in whole percents, before and after; more parts than are named are counted.
    """

    before: str
    after: str
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    more_hidden: int
    more_shown: int
    answered: int
    grade_before: int
    grade_after: int


class PlaceOutcome(StrEnum):
    """What becomes of a row of a list."""

    PLACED = "placed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A row of a list as it was sent, the header being row 1, and what became of it, or would."""

    row: int
    email: str
    cohort: str
    outcome: PlaceOutcome = PlaceOutcome.PLACED
    problem: str = ""


def may_manage_cohorts(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))


def check_name(name: str) -> str:
    """The name of a cohort on one line; Unusable if it is empty or too long."""
    found = OneLine.of(name).value.strip()
    if not found or len(name) > LONGEST_NAME:
        raise Unusable("name_unusable", "Name: enter 1 to {most} characters.", most=LONGEST_NAME).at("name")
    return found


def check_reason_of_move(reason: str) -> str:
    """Why a learner moves; Unusable if it is too long."""
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise Unusable("reason_unusable", "A reason has at most {most} characters.", most=LONGEST_REASON).at("reason")
    return reason.strip()


def check_room_for_cohort(cohorts: int) -> None:
    """Refused where a run has enough of them."""
    if cohorts >= MOST_COHORTS:
        raise Refused("cohorts_too_many", "This run has {most} cohorts. Use one of them.", most=MOST_COHORTS)


def key_of(partition: Partition, group: Group) -> str:
    """A content group as a form sends it."""
    return f"{partition.id}:{group.id}"


def check_group(group: str, partitions: Iterable[Partition]) -> str:
    """A content group of the course, or none; Unusable if the course has no such group."""
    if group and group not in {key_of(*one) for one in content_groups(partitions)}:
        raise Unusable("content_group_unknown", "This course has no such content group. Choose one of the list.").at(
            "group"
        )
    return group


def groups_by_cohort(group: str) -> dict[str, str]:
    """A content group as a viewer has it: by partition."""
    partition, _, number = group.partition(":")
    return {partition: number} if group else {}


def drawn(learner: str, run_id: str, cohorts: Sequence[UUID]) -> UUID:
    """The cohort into which a learner comes by chance: the same for the same learner, run and cohorts."""
    return Random(f"{learner}|{run_id}|cohort").choice(sorted(cohorts))  # noqa: S311  no secret depends on it


def lost(before: Block | None, after: Block | None) -> tuple[Block, ...]:
    """The topmost parts that stand in what was seen before, and not in what is seen after."""
    there = {block.id for block in after.walk()} if after else set()
    found: dict[str, Block] = {}

    def walk(block: Block) -> None:
        if block.id not in there:
            found.setdefault(block.id, block)
        else:
            for child in block.children:
                walk(child)

    if before:
        walk(before)
    return tuple(found.values())


def places_written(lines: Iterable[PlaceLine]) -> str:
    """Rows as a list of the same form, to be corrected and sent again."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(PLACE_COLUMNS)
    rows.writerows((line.email, line.cohort) for line in lines)
    return text.getvalue()


def titles(blocks: Iterable[Block]) -> tuple[str, ...]:
    """What parts are called, each as its staff know it."""
    return tuple(block.title or block.name for block in blocks)


def answered_in(blocks: Iterable[Block], scores: Mapping[str, object]) -> int:
    """How many of the problems under some parts were answered."""
    return len({leaf.id for block in blocks for leaf in block.walk() if leaf.id in scores})
