"""A degree from before: its level, field, accreditation and average, or years of work in its place."""

from dataclasses import dataclass
from typing import Any, ClassVar

from linkspan.pathways.rules.agreement.kinds.clause import Clause, Setting, among, at_least, equal, every
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Amount, Flag, Grade, ListOf, Text
from linkspan.pathways.rules.language.typed import Graded, _, may, needed
from linkspan.pathways.rules.language.values import LEVELS

Levels = Text(tuple(LEVELS))
Names = ListOf(Text(), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorDegree(Clause):
    """Holds a degree of a level, and none that would be earned twice."""

    level: str = needed(Levels, _("At least"))
    accredited_when_attended: bool | None = may(Flag(), _("The institution was accredited when attended"))
    conferred_before: str | None = may(Text(), _("Conferred before"), _("A date"))
    min_average: Graded | None = may(Grade(), _("Lowest average"))
    not_in_fields: tuple[str, ...] | None = may(Names, _("Not a degree in these fields already"))
    not_in_fields_from_level: str | None = may(Levels, _("Of such degrees only those from this level on"))
    foreign_evaluation_by: tuple[str, ...] | None = may(Names, _("Foreign degrees are evaluated by"))
    home_countries: tuple[str, ...] | None = may(Names, _("Countries whose degrees are not foreign"))
    or_experience_years: Any = may(Amount(), _("Or so many years of work instead"))

    example: ClassVar = {
        "level": "bachelor",
        "accredited_when_attended": True,
        "conferred_before": "application.date",
        "min_average": {"scale": "points", "value": "3.0"},
        "not_in_fields": ["management"],
        "not_in_fields_from_level": "master",
        "foreign_evaluation_by": ["WES"],
        "home_countries": ["US"],
        "or_experience_years": 5,
    }

    def tree(self, setting: Setting) -> Node:
        """Such a degree, or the years of work, and no degree in the fields that are left out."""
        degree: Node = {"exists": "degrees", "where": every(*self._where(setting))}
        if self.or_experience_years is not None:
            degree = {"any": [degree, at_least("experience_years", self.or_experience_years, "years of work")]}
        if self.not_in_fields is None:
            return degree
        from_level = at_least("level", self.not_in_fields_from_level or "master")
        same = every(from_level, among("field", self.not_in_fields))
        return {"all": [degree, {"count": "degrees", "where": same, "op": "==", "value": 0}]}

    def _where(self, setting: Setting) -> list[Node]:
        where = [at_least("level", self.level)]
        if self.accredited_when_attended:
            where.append(equal("accredited", True))
        if self.conferred_before is not None:
            where.append({"before": ["conferred", _reference(self.conferred_before)]})
        if self.min_average is not None:
            where.append(at_least("average", self.min_average))
        if self.foreign_evaluation_by is not None:
            home = among("country", self.home_countries or (setting.country,))
            by = among("evaluation.by", self.foreign_evaluation_by)
            where.append({"any": [home, every(by, equal("evaluation.equivalent", True))]})
        return where


def _reference(text: str) -> str:
    """A date, or a path of the record: inside a row it starts at the record."""
    return text if text[:1].isdigit() or text.startswith("^.") else f"^.{text}"
