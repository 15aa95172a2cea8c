"""What follows from a record by itself, worked out before it is judged."""

from collections.abc import Mapping
from typing import Any

from linkspan.pathways.rules.meaning import Rules
from linkspan.pathways.rules.values import as_date


def with_derived(record: Mapping[str, Any], rules: Rules) -> Mapping[str, Any]:
    """The record with `accredited` of each degree taken from the school's accreditation intervals, where not stated."""
    degrees = record.get("degrees")
    if not isinstance(degrees, list) or not any("accreditation" in row for row in degrees):
        return record
    return {**record, "degrees": [_judged(row) for row in degrees]}


def _judged(degree: Mapping[str, Any]) -> Mapping[str, Any]:
    if degree.get("accredited") is not None:
        return degree
    return {**degree, "accredited": accredited_while_attended(degree)}


def accredited_while_attended(degree: Mapping[str, Any]) -> bool | None:
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
