"""Courses of the school that are taken before admission, with their grade, term and attempts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from linkspan.kernel.reasons import Phrase, Sentence
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
from linkspan.pathways.rules.language.shape import Day, Flag, Grade, ListOf, Span, Text, Whole
from linkspan.pathways.rules.language.typed import Graded, _, may, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Clause):
    """Passed so many courses at the school."""

    institution: str = needed(Text(), _("Institution (code)"))
    courses: tuple[str, ...] | None = may(
        ListOf(Text(), 1), _("Courses that count"), _("Separated by commas; empty: any course")
    )
    count: int | None = may(Whole(1, 50), _("How many"))
    min_grade: Graded | None = may(Grade(), _("Lowest grade"))
    attempts: int | None = may(Whole(1, 50), _("Attempts"))
    within: Mapping[str, int] | None = may(Span(), _("Completed within years"))
    on_campus: bool | None = may(Flag(), _("On campus"))
    not_before: date | None = may(Day(), _("Begun on this day or later"))

    example: ClassVar = {
        "institution": "Receiving",
        "courses": ["R-101", "R-102"],
        "count": 1,
        "min_grade": {"scale": "letter", "value": "B"},
        "attempts": 2,
        "within": {"years": 2},
        "on_campus": True,
        "not_before": "2018-01-01",
    }

    def tree(self, setting: Setting) -> Node:
        """So many courses passed, and no more attempts than are allowed."""
        there = [equal("institution", self.institution)]
        there += [among("id", self.courses)] if self.courses is not None else []
        each, many = every(*there, *self._how()), self.count or 1
        passed: Node = {"count": "courses", "where": each, "op": ">=", "value": many, "unit": "courses"}
        if many == 1:
            passed = {"exists": "courses", "where": each}
        if self.attempts is None:
            return passed
        tried: Node = {
            "count": "courses",
            "where": every(*there),
            "op": "<=",
            "value": self.attempts,
            "unit": "attempts",
        }
        return {"all": [passed, tried]}

    def _how(self) -> Iterator[Node]:
        if self.min_grade is not None:
            yield at_least("grade", self.min_grade)
        if self.on_campus is not None:
            yield equal("on_campus", self.on_campus)
        if self.not_before is not None:
            yield {"not": {"before": ["started", self.not_before.isoformat()]}}
        if self.within is not None:
            yield young("completed", self.within)

    def impossible(self) -> Iterator[str]:
        """More courses than there may be attempts, each of which counts one."""
        if self.attempts is not None and (self.count or 1) > self.attempts:
            words = Phrase("{count} courses are asked for, and only {attempts} may be tried.")
            yield Sentence("unreachable", words, count=self.count, attempts=self.attempts)

    def named(self) -> Named:
        """The courses that count."""
        return Named(self.institution, self.courses or ())
