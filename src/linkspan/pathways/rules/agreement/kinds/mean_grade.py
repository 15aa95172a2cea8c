"""The mean of grades (a grade point average) over courses: its scale, its weights, which courses, and the lowest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.agreement.kinds.clause import Clause, Named, Setting, among, equal, every, young
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Amount, Flag, ListOf, Span, Text
from linkspan.pathways.rules.language.typed import _, may, needed
from linkspan.pathways.rules.language.values import LETTER_POINTS, number

MOST: Mapping[str, Decimal] = {"letter": max(LETTER_POINTS.values()), "percent": Decimal(100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanGrade(Clause):
    """Has a mean of at least the lowest; of letters it is in grade points."""

    scale: str = needed(Text(), _("Scale of the mean"), _("letter, percent, points, or the name of a scale"))
    lowest: Any = needed(Amount(), _("Lowest mean"), _("Such as 3.25; of letters in grade points"))
    by_credits: bool | None = may(Flag(), _("Each course weighs as many as its credits"))
    institution: str | None = may(Text(), _("Courses of the institution (code)"), _("Empty: of any"))
    courses: tuple[str, ...] | None = may(
        ListOf(Text(), 1), _("Of these courses alone"), _("Separated by commas; empty: all")
    )
    valid_for: Mapping[str, int] | None = may(Span(), _("Not older than years"))

    since: ClassVar = 2
    example: ClassVar = {
        "scale": "letter",
        "lowest": "3.25",
        "by_credits": True,
        "institution": "Sending",
        "courses": ["A", "B"],
        "valid_for": {"years": 8},
    }

    def tree(self, setting: Setting) -> Node:
        """The mean of the courses that are asked for."""
        where = [equal("institution", self.institution)] if self.institution is not None else []
        where += [among("id", self.courses)] if self.courses is not None else []
        where += [young("completed", self.valid_for)] if self.valid_for is not None else []
        mean: Node = {"mean": "courses.grade", "scale": self.scale, "op": ">=", "value": self.lowest}
        if self.by_credits:
            mean["by"] = "credits"
        return {**mean, "where": every(*where)} if where else mean

    def impossible(self) -> Iterator[str]:
        """A mean that lies above the best grade."""
        most, lowest = MOST.get(self.scale), number(self.lowest)
        if most is not None and lowest is not None and lowest > most:
            yield Sentence("unreachable", "No mean of {scale} grades is over {most}.", scale=self.scale, most=most)

    def named(self) -> Named | None:
        """The courses, where their institution is named."""
        return Named(self.institution, self.courses or ()) if self.institution is not None else None
