"""Between whom an agreement is: the sending program, the receiving degree and its places."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from linkspan.pathways.rules.language.shape import Anything, Day, Exact, Flag, ListOf, Nullable, Text, Whole
from linkspan.pathways.rules.language.typed import Part, _, may, needed, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias(Part):
    """Another name of a program; without an institution, of the same one."""

    program: str = needed(Text(), _("Another name of the program (code)"))
    institution: str | None = may(Text(), _("Under another institution (code)"), _("Empty: the same institution"))
    until: date | None = may(Day(), _("Used until"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Part):
    """Places of one kind in a degree."""

    is_open: ClassVar = True
    slot: str = needed(Text(), _("Place (short name)"))
    courses: int = needed(Whole(0, 100), _("Courses"))
    title: str | None = may(Text(), _("Name"))
    credits: Decimal | None = may(Exact(), _("Credits"))
    last: bool | None = may(Flag(), _("Taken last"))
    alone: bool | None = may(Flag(), _("Taken alone in its term"))
    on_campus: bool | None = may(Flag(), _("On campus"))
    required: tuple[str, ...] = rows(ListOf(Text()), _("These courses are among them"))
    after: str | None = may(Text(), _("Directly after this place"), _("Its short name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending(Part):
    """The program whose credential is recognised."""

    is_open: ClassVar = True
    institution: str = needed(Text(), _("Sending institution (code)"))
    program: str = needed(Text(), _("Sending program (code)"))
    title: str | None = may(Text(), _("Sending program (name)"))
    aliases: tuple[Alias, ...] = rows(ListOf(Alias.shape()))

    @property
    def name(self) -> str:
        """The program for a reader."""
        return self.title or self.program

    @property
    def key(self) -> str:
        """The program's key in a catalogue."""
        return f"{self.institution}/{self.program}"

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Institution and program, as they are named now and as they were."""
        others = ((row.institution or self.institution, row.program) for row in self.aliases)
        return ((self.institution, self.program), *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving(Part):
    """The degree in which it is recognised; what is not stated does not limit."""

    is_open: ClassVar = True
    institution: str = needed(Text(), _("Receiving institution (code)"))
    program: str = needed(Text(), _("Receiving degree (code)"))
    title: str | None = may(Text(), _("Receiving degree (name)"))
    country: str | None = may(Text(), _("Country of the receiving institution"), _("A code such as US"))
    aliases: tuple[Alias, ...] = rows(ListOf(Alias.shape()))
    credits: Decimal | None = may(Nullable(Exact()), _("Credits of the degree"))
    courses: int | None = may(Nullable(Whole(0, 200)), _("Courses of the degree"))
    unit: str | None = may(Text(), _("Its credits are called"), _("Such as MIT units"))
    slots: tuple[Place, ...] = rows(ListOf(Place.shape()))
    load: Mapping[str, Any] | None = may(
        Anything(),
        _("Credits in a season, at most"),
        _("Such as fall 16, spring 16: a season, and at most so many credits"),
        "map",
    )
    offered: Mapping[str, list[str]] | None = may(
        Anything(),
        _("Seasons in which a place is offered"),
        _("One place a line, by its short name, such as capstone: spring, fall"),
        "lists",
    )
    on_campus_min: int | None = may(Whole(0, 200), _("Courses on campus, at least"))
    on_campus_offered: list[str] | None = may(Anything(), _("Seasons with courses on campus"), widget="items")
    duration_months: Decimal | None = may(Exact(), _("Months that the degree takes"))

    @property
    def name(self) -> str:
        """The degree for a reader."""
        return self.title or self.program


@dataclass(frozen=True, slots=True, kw_only=True)
class Intermediary(Part):
    """An institution between the two."""

    is_open: ClassVar = True
    institution: str = needed(Text(), _("Institution between the two (code)"))
    role: str | None = may(Text(), _("What it does"))
