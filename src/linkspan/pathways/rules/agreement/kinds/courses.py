"""Courses of an institution: each of some, and so many of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from linkspan.pathways.rules.agreement.kinds.clause import (
    Clause,
    Named,
    Setting,
    among,
    at_least,
    equal,
    every,
    young,
)
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Grade, ListOf, Since, Span, Text, Whole
from linkspan.pathways.rules.language.typed import Graded, _, may, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses(Clause):
    """Passed every one of `each_of`, and `count` of `any_of` (of any of the institution, if none are named)."""

    institution: str = needed(Text(), _("Institution (code)"))
    each_of: tuple[str, ...] | None = may(
        Since(2, ListOf(Text(), 1)), _("Each of these courses"), _("Separated by commas; all of them are needed")
    )
    any_of: tuple[str, ...] | None = may(
        ListOf(Text(), 1), _("At least one of these courses"), _("Separated by commas; empty: any course")
    )
    count: int | None = may(Whole(1, 100), _("At least how many"), _("Empty: one"))
    min_grade: Graded | None = may(Grade(), _("Lowest grade"))
    valid_for: Mapping[str, int] | None = may(Span(), _("Not older than years"))

    example: ClassVar = {
        "institution": "Sending",
        "each_of": ["A"],
        "any_of": ["B", "C"],
        "count": 2,
        "min_grade": {"scale": "percent", "value": 60},
        "valid_for": {"years": 8},
    }

    def tree(self, setting: Setting) -> Node:
        """Every one of `each_of`, and enough of the others."""
        how = [at_least("grade", self.min_grade)] if self.min_grade is not None else []
        how += [young("completed", self.valid_for)] if self.valid_for is not None else []
        there = equal("institution", self.institution)
        asked: list[Node] = [
            {"text": course, "exists": "courses", "where": every(there, equal("id", course), *how)}
            for course in self.each_of or ()
        ]
        if not asked or self.any_of is not None or self.count is not None:
            named = [among("id", self.any_of)] if self.any_of is not None else []
            where = every(there, *named, *how)
            asked.append({"count": "courses", "where": where, "op": ">=", "value": self.count or 1, "unit": "courses"})
        return every(*asked)

    def named(self) -> Named:
        """The courses that count."""
        return Named(self.institution, (*(self.any_of or ()), *(self.each_of or ())))
