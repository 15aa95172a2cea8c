"""What is compared with what: grades on scales and across stated mappings, coded names, levels, dates, numbers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.codes import CodeList, fold
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.values import EQUALITY, LETTER_POINTS, LEVELS, SCALES, as_date, in_words, number

if TYPE_CHECKING:
    from linkspan.pathways.rules.agreement import Band, GradeMap


class Incomparable(Exception):
    """Two values cannot be compared; `reason` says why, and the answer is unknown."""

    def __init__(self, code: str, words: str, /, **values: object) -> None:
        self.reason = Sentence(code, words, **values)
        super().__init__(self.reason)


def comparable(have: object, need: object, op: str, reading: Reading, codes: CodeList | None = None) -> tuple[Any, Any]:
    """The two as values of one kind that `op` can compare; Incomparable if they are not.

    A grade is `{"scale", "value"}`, and the better one is the larger; two scales without a stated mapping are
    incomparable. Texts are equal or not, by `codes` where they have a list; only levels, ISO dates and numerals have an
    order.
    """
    if isinstance(need, Mapping) or isinstance(have, Mapping):
        return _grades(have, need, reading)
    if isinstance(have, bool) or isinstance(need, bool):
        if isinstance(have, bool) and isinstance(need, bool) and op in EQUALITY:
            return have, need
        raise Incomparable("not_comparable", "{have} and {need} cannot be compared", **_both(have, need))
    if isinstance(have, str) and isinstance(need, str):
        if op not in EQUALITY:
            return _ordered_texts(have, need)
        return _coded(have, need, codes) if codes is not None and Meaning.CODES in reading else (have, need)
    first, second = number(have), number(need)
    if first is not None and second is not None:
        return first, second
    raise Incomparable("different_kinds", "{have} and {need} are of different kinds", **_both(have, need))


def _both(have: object, need: object) -> dict[str, str]:
    return {"have": in_words(have), "need": in_words(need)}


def _ordered_texts(have: str, need: str) -> tuple[Any, Any]:
    if need in LEVELS:
        if have in LEVELS:
            return LEVELS[have], LEVELS[need]
        raise Incomparable("no_level", "{have} is not one of the levels {levels}", have=have, levels=", ".join(LEVELS))
    for kind in (as_date, number):
        first, second = kind(have), kind(need)
        if first is not None and second is not None:
            return first, second
    raise Incomparable("no_order", "{have} and {need} have no order", have=have, need=need)


def _coded(have: str, need: str, codes: CodeList) -> tuple[str, str]:
    if fold(have) == fold(need):
        return need, need
    first, second = codes.code(have), codes.code(need)
    if first is None or second is None:
        name = have if first is None else need
        raise Incomparable("in_no_list", "{name} is in no list of {title}", name=name, title=codes.title)
    return first, second


def same_value(have: object, need: object, reading: Reading, codes: CodeList | None = None) -> bool:
    """Whether two values are equal; Incomparable if they are of different kinds."""
    first, second = comparable(have, need, "==", reading, codes)
    return bool(first == second)


def _grades(have: object, need: object, reading: Reading) -> tuple[Decimal, Decimal]:
    if not isinstance(have, Mapping) or not isinstance(need, Mapping):
        raise Incomparable("grade_with_grade", "a grade can only be compared with a grade")
    return grade_on(have, str(need.get("scale")), reading), grade_number(need, reading)


def grade_on(grade: Any, scale: str, reading: Reading) -> Decimal:
    """A grade as a number on a scale, of which more is better; Incomparable if it is none there."""
    if not isinstance(grade, Mapping):
        raise Incomparable("no_grade", "it is not a grade")
    return grade_number(grade if grade.get("scale") == scale else mapped_grade(grade, scale, reading), reading)


def mapped_grade(grade: Mapping[str, Any], scale: str, reading: Reading) -> Mapping[str, Any]:
    """The grade on another scale by the stated bands: the best band whose `at_least` it reaches.

    Incomparable if no mapping is stated, or no band holds the grade.
    """
    for stated in reading.maps:
        if (stated.from_, stated.to) != (grade.get("scale"), scale):
            continue
        have = grade_number(grade, reading)
        reached = [(least, band) for least, band in bands_of(stated, reading) if have >= least]
        if not reached:
            words = Phrase("the stated mapping to {scale} grades has no band for {grade}")
            raise Incomparable("no_band", words, scale=scale, grade=in_words(grade))
        return {"scale": scale, "value": max(reached, key=lambda pair: pair[0])[1].value}
    words = Phrase("no mapping from {source} grades to {scale} grades is stated")
    raise Incomparable("no_mapping", words, source=grade.get("scale"), scale=scale)


def bands_of(stated: "GradeMap", reading: Reading) -> "list[tuple[Decimal, Band]]":
    """The bands of a grade mapping, each with its bound as a number on the scale it maps from."""
    return [(grade_number({"scale": stated.from_, "value": band.at_least}, reading), band) for band in stated.bands]


def grade_number(grade: Mapping[str, Any], reading: Reading) -> Decimal:
    """A grade as a number of which more is better; Incomparable if it is none."""
    scale = str(grade.get("scale"))
    value = plain_grade(grade, scale in SCALES or Meaning.SCALES in reading)
    if scale == "letter" or Meaning.SCALES not in reading:
        return value
    known = reading.scale(scale)
    if known is None:
        raise Incomparable("scale_not_stated", "the scale {scale} is not stated", scale=scale)
    if not known.holds(value):
        words = Phrase("{grade} is not on the scale {scale}, {worst} to {best}")
        told = {"grade": in_words(grade), "scale": scale, "worst": known.worst, "best": known.best}
        raise Incomparable("off_the_scale", words, **told)
    return value * known.sign


def plain_grade(grade: Mapping[str, Any], known: bool = True) -> Decimal:
    """The number of a grade as it is written, grade points for a letter; Incomparable if it is none."""
    value, scale = grade.get("value"), grade.get("scale")
    if not known or not isinstance(scale, str):
        words = Phrase("{scale} is not one of the scales {known}")
        raise Incomparable("no_scale", words, scale=scale, known=", ".join(SCALES))
    if scale == "letter":
        points = LETTER_POINTS.get(value) if isinstance(value, str) else None
        if points is None:
            raise Incomparable("no_letter", "{value} is not a letter grade", value=in_words(value))
        return points
    found = number(value)
    if found is None:
        raise Incomparable("no_number", "{value} is not a number", value=in_words(value))
    return found
