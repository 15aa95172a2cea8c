"""Courses as imported: the tree of blocks, points of a problem, and who may do what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from linkspan.kernel.actor import Actor

#: Block types that render and grade here; others say that they are not available.
LEAVES = ("html", "problem", "video")
CONTAINERS = ("course", "chapter", "sequential", "vertical")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A node of a course; `attributes` include what it inherits. Two nodes are equal only if they are the same."""

    id: str
    type: str
    name: str
    title: str
    attributes: Mapping[str, str]
    children: tuple["Block", ...] = ()

    @property
    def graded(self) -> bool:
        """Whether what is under it counts."""
        return self.attributes.get("graded", "false").strip('"').lower() == "true"

    @property
    def format(self) -> str:
        """The assignment type it belongs to."""
        return self.attributes.get("format", "").strip('"')

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


def may_study(actor: Actor, institution: str, enrolled: bool) -> bool:
    """Whoever is enrolled, and the course's own authors and staff."""
    return enrolled or (actor.person_id is not None and may_import(actor, institution))
