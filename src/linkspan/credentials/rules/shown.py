"""What of a credential its holder shows to others: each part on or off; what is off is told to nobody else."""

from collections.abc import Collection, Mapping
from enum import StrEnum

#: How a letter's result is named beside that of the percentage (`actions.drafts`).
LETTER_GRADE = ", letter grade"


class ShownPart(StrEnum):
    """A part that a holder may hide."""

    NAME = "name"
    GRADES = "grades"
    COURSES = "courses"
    DATE = "date"
    EVIDENCE = "evidence"


def without(told: Mapping[str, object], hidden: Collection[ShownPart]) -> Mapping[str, object]:
    """What displayers show of an achievement (`vc.verify.displayed`), without the parts that are hidden."""
    kept = dict(told)
    if ShownPart.NAME in hidden:
        kept["holder"] = ""
    if ShownPart.GRADES in hidden:
        kept["results"] = []
    if ShownPart.COURSES in hidden:
        own = (str(told["name"]), str(told["name"]) + LETTER_GRADE)
        kept["results"] = [one for one in _rows(kept, "results") if one["name"] in own]
        kept["criteria"] = ""
        kept["evidence"] = [{**one, "name": one["text"], "text": ""} for one in _rows(kept, "evidence")]
    if ShownPart.DATE in hidden:
        kept["awarded"] = kept["valid_from"] = ""
    if ShownPart.EVIDENCE in hidden:
        kept["evidence"], kept["narrative"] = [], ""
    return kept


def _rows(told: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = told[name]
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []
