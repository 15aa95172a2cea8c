"""Courses as imported: the tree of blocks, points of a problem, and who may do what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from linkspan.courseware.rules.conditions import Condition
from linkspan.courseware.rules.groups import GroupAccess
from linkspan.kernel.actor import Actor

#: Block types that render and grade here; others say that they are not available.
LEAVES = ("html", "problem", "video")
#: Containers of the course's outline, then those that choose among their children.
CONTAINERS = (
    *("course", "chapter", "sequential", "vertical"),
    *("library_content", "itembank", "randomize", "split_test", "conditional"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a block of a course, or cannot be taught here (`error` False)."""

    block: str
    type: str
    code: str
    message: str
    error: bool = True

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """As a row of a table: whether it is an error, where, and what."""
        return "error" if self.error else "note", self.block, self.code, self.message


@dataclass(frozen=True, slots=True)
class Settings:
    """What a block is set to, itself or by what is around it.

    `format` is a subsection's assignment type, `end` the course's, `weight` None where it is not set. `group_ids` and
    `group_children` say which child of an experiment is for which group of its `partition`.
    """

    display_name: str = ""
    graded: bool = False
    format: str = ""
    start: datetime | None = None
    end: datetime | None = None
    due: datetime | None = None
    graceperiod: timedelta | None = None
    staff_only: bool = False
    hide_after_due: bool = False
    hide_from_toc: bool = False
    show_correctness: str = "always"
    weight: float | None = None
    max_count: int = 1
    group_ids: tuple[str, ...] = ()
    group_children: tuple[str, ...] = ()
    partition: str = ""
    group_access: GroupAccess = ()
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A node of a course; equal only to itself. `source` is a leaf's whole definition as XML.

    `awaits`: of a conditional block as somebody sees it who did not open it yet, the blocks to be done first.
    """

    id: str
    type: str
    name: str
    title: str
    settings: Settings
    children: tuple["Block", ...] = ()
    source: bytes | None = None
    awaits: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether it is a conditional block as somebody sees it who did not open it yet."""
        return self.type == "conditional" and self.source is not None

    @property
    def graded(self) -> bool:
        """Whether what is under it counts."""
        return self.settings.graded

    @property
    def format(self) -> str:
        """The assignment type it belongs to."""
        return self.settings.format

    @property
    def units(self) -> tuple["Block", ...]:
        """The units of a part of a chapter: what is in it, or itself if it holds nothing."""
        return self.children if self.source is None else (self,)

    def walk(self) -> Iterable["Block"]:
        """The block and everything under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Score:
    """Raw points of one problem's newest graded submission: before its weight."""

    earned: Decimal
    possible: Decimal
    at: datetime


def may_import(actor: Actor, institution: str) -> bool:
    """Authors and program staff of the institution, and the system."""
    return actor.is_system or any(
        actor.has_role(role, institution) for role in ("author", "program_staff", "registrar")
    )


def may_preview(actor: Actor, institution: str, *, as_learner: bool) -> bool:
    """Who imports there sees it as a fresh learner; program staff and registrars see it as one of its learners."""
    roles = ("program_staff", "registrar") if as_learner else ("author", "program_staff", "registrar")
    return actor.person_id is not None and any(actor.has_role(role, institution) for role in roles)


def may_study(actor: Actor, institution: str, enrolled: bool) -> bool:
    """Whoever is enrolled, and the course's own authors and staff."""
    return enrolled or (actor.person_id is not None and may_import(actor, institution))
