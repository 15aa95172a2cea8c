"""Which course fills which slot: an assignment, with caps, no double counting, and a reason for each refusal.

The slots with the most credits are filled first, each by an augmenting path; since the sets of slots that can be filled
together form a transversal matroid, this greedy order gives the most credits (Edmonds 1971).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.evaluate import ORDER
from linkspan.pathways.rules.values import Incomparable, as_date, comparable, in_words, years_after


@dataclass(frozen=True, slots=True)
class Recognised:
    """A course that fills a slot, and its credits in the receiving degree."""

    slot: str
    course: str
    credits: Decimal
    clause: str


@dataclass(frozen=True, slots=True)
class RefusedCourse:
    """What is not recognised, why, and by which clause."""

    what: str
    reason: str
    clause: str


@dataclass(frozen=True, slots=True)
class _Place:
    rule: Mapping[str, Any]
    number: int

    @property
    def credits(self) -> Decimal:
        return Decimal(str(self.rule.get("credits", 0)))


def recognise(
    agreement: Mapping[str, Any], record: Mapping[str, Any], on: date
) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    """What of the record's courses the agreement recognises on that day, and what it refuses."""
    courses = _courses(agreement, record)
    refused: list[RefusedCourse] = []
    places = [
        _Place(rule, number)
        for rule in agreement.get("recognition") or []
        for number in range(int(rule.get("times", 1)))
    ]
    usable = {
        course: [rule["clause"] for rule in agreement.get("recognition") or [] if _fits(rule, row, on, refused)]
        for course, row in courses.items()
    }
    order = sorted(range(len(places)), key=lambda i: (-places[i].credits, places[i].rule["clause"], i))
    filled = _assign(places, order, usable)
    found = [_recognised(places[i], course) for i, course in sorted(filled.items())]
    kept, capped = _capped(found, agreement, record)
    return tuple(kept), tuple(dict.fromkeys([*refused, *capped]))


def _courses(agreement: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Courses of active credentials of the sending program and others on record, each once, by identifier."""
    sending = agreement.get("sending") or {}
    found: dict[str, Mapping[str, Any]] = {}
    for credential in record.get("credentials") or []:
        same = (credential.get("issuer"), credential.get("program")) == (
            sending.get("institution"),
            sending.get("program"),
        )
        if same and credential.get("status") == "active":
            for row in credential.get("courses") or []:
                found.setdefault(str(row.get("id")), row)
    for row in record.get("courses") or []:
        if row.get("institution") == sending.get("institution"):
            found.setdefault(str(row.get("id")), row)
    return found


def _fits(rule: Mapping[str, Any], row: Mapping[str, Any], on: date, refused: list[RefusedCourse]) -> bool:
    course = str(row.get("id"))
    if course not in (rule.get("any_of") or [rule.get("course")]):
        return False
    reason = _grade_reason(rule, row) or _age_reason(rule, row, on)
    if reason:
        refused.append(RefusedCourse(course, reason, str(rule["clause"])))
    return not reason


def _grade_reason(rule: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    need = rule.get("min_grade")
    if need is None:
        return ""
    if row.get("grade") is None:
        return "the grade is not known"
    try:
        have, least = comparable(row["grade"], need)
    except Incomparable as why:
        return f"the grade cannot be judged: {why}"
    return "" if ORDER[">="](have, least) else f"grade {in_words(row['grade'])}, {in_words(need)} needed"


def _age_reason(rule: Mapping[str, Any], row: Mapping[str, Any], on: date) -> str:
    years = rule.get("valid_years")
    if years is None:
        return ""
    completed = as_date(row.get("completed"))
    if completed is None:
        return "when it was completed is not known"
    return "" if on <= years_after(completed, int(years)) else f"completed more than {years} years ago"


def _assign(places: list[_Place], order: list[int], usable: Mapping[str, list[str]]) -> dict[int, str]:
    """Place number to course, by augmenting paths (Kuhn 1955), in a fixed order so that results do not jump."""
    holder: dict[str, int] = {}

    def place(index: int, tried: set[str]) -> bool:
        for course, clauses in usable.items():
            if places[index].rule["clause"] in clauses and course not in tried:
                tried.add(course)
                if course not in holder or place(holder[course], tried):
                    holder[course] = index
                    return True
        return False

    for index in order:
        place(index, set())
    return {index: course for course, index in holder.items()}


def _recognised(place: _Place, course: str) -> Recognised:
    return Recognised(str(place.rule.get("slot", "elective")), course, place.credits, str(place.rule["clause"]))


def _limits(agreement: Mapping[str, Any]) -> list[tuple[Decimal, str, str]]:
    """Every cap as (credits, clause, in words)."""
    total = Decimal(str((agreement.get("receiving") or {}).get("credits") or 0))
    found = []
    for cap in agreement.get("caps") or []:
        clause = str(cap.get("clause"))
        if "max_recognised_credits" in cap:
            most = Decimal(str(cap["max_recognised_credits"]))
            found.append((most, clause, f"at most {most} credits are recognised"))
        if "max_fraction_external" in cap:
            most = total * Decimal(str(cap["max_fraction_external"]))
            found.append((most, clause, f"at most {most} credits may come from elsewhere"))
        if "residency_min_credits" in cap:
            own = Decimal(str(cap["residency_min_credits"]))
            found.append((total - own, clause, f"at least {own} credits are earned at the school itself"))
    return found


def _capped(
    found: list[Recognised], agreement: Mapping[str, Any], record: Mapping[str, Any]
) -> tuple[list[Recognised], list[RefusedCourse]]:
    elsewhere = set(record.get("recognised_elsewhere") or [])
    for cap in agreement.get("caps") or []:
        clash = elsewhere & set(cap.get("exclusive_with") or [])
        if clash:
            why = f"not together with credit already recognised under {', '.join(sorted(clash))}"
            return [], [RefusedCourse(row.course, why, str(cap.get("clause"))) for row in found]
    kept: list[Recognised] = []
    refused: list[RefusedCourse] = []
    for row in found:
        sum_with = sum((r.credits for r in kept), Decimal(0)) + row.credits
        broken = next((limit for limit in _limits(agreement) if sum_with > limit[0]), None)
        if broken:
            refused.append(RefusedCourse(row.course, broken[2], broken[1]))
        else:
            kept.append(row)
    return kept, refused
