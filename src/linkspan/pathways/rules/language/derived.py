"""What follows from a record by itself, worked out before it is judged."""

from datetime import date

from linkspan.kernel.record import DegreeHeld, Record
from linkspan.pathways.rules.language.meaning import Meaning, Rules
from linkspan.pathways.rules.language.values import as_date


def with_derived(record: Record, rules: Rules) -> Record:
    """The record with `accredited` of each degree taken from the school's accreditation intervals, where not stated.

    An accreditation that lapsed while the learner attended says neither: a person looks.
    """
    degrees = record.get("degrees")
    if not isinstance(degrees, list) or not any("accreditation" in row for row in degrees):
        return record
    return {**record, "degrees": [_judged(row, rules) for row in degrees]}


def _judged(degree: DegreeHeld, rules: Rules) -> DegreeHeld:
    if degree.get("accredited") is not None:
        return degree
    lapsed = Meaning.LAPSED_ACCREDITATION in rules and lapsed_on(degree) is not None
    return {**degree, "accredited": None if lapsed else accredited_while_attended(degree)}


def lapsed_on(degree: DegreeHeld) -> date | None:
    """The last day of an accreditation that covered the beginning of the studies and not their end, if one did."""
    attended, intervals = degree.get("attended"), degree.get("accreditation")
    if accredited_while_attended(degree) is not False or not isinstance(attended, list):
        return None
    first, last = as_date(attended[0]), as_date(attended[1])
    assert first is not None and last is not None
    ends = [(as_date(row.get("from")), as_date(row.get("to"))) for row in intervals or ()]
    return max((end for begin, end in ends if begin and end and begin <= first <= end < last), default=None)


def accredited_while_attended(degree: DegreeHeld) -> bool | None:
    """Whether one interval `{"from", "to"}` of `accreditation` holds the whole time of `attended`; None if unknown.

    `to` null or absent is an accreditation that stands. Accreditation today says nothing of the years of study.
    """
    attended, intervals = degree.get("attended"), degree.get("accreditation")
    if not isinstance(attended, list) or len(attended) != 2 or not isinstance(intervals, list):
        return None
    first, last = as_date(attended[0]), as_date(attended[1])
    if first is None or last is None:
        return None
    for row in intervals:
        begins, ends = as_date(row.get("from")), as_date(row.get("to"))
        if begins is not None and begins <= first and (row.get("to") is None or (ends is not None and last <= ends)):
            return True
    return False
