"""What of a record an agreement recognises: which course fills which slot, and a reason for each refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.assignment import Filled, Offer, assign
from linkspan.pathways.rules.caps import Cap, caps_of, clash_of, gate_of
from linkspan.pathways.rules.comparing import Incomparable
from linkspan.pathways.rules.coursework import Coursework, coursework, fits
from linkspan.pathways.rules.evaluate import why_failed
from linkspan.pathways.rules.meaning import Meaning, Rules, reading_of
from linkspan.pathways.rules.units import converted
from linkspan.pathways.rules.values import number, plain_number


@dataclass(frozen=True, slots=True)
class Recognised:
    """A course that fills a slot, and its credits in the receiving degree; `effect` is credit or waiver.

    A waiver lifts the course and gives no credit. `counts_as` is the receiving course, if the agreement names one.
    """

    slot: str
    course: str
    credits: Decimal
    clause: str
    effect: str = "credit"
    counts_as: str = ""

    @property
    def tuition_waived(self) -> bool:
        """Whether a course of the degree need not be paid for; a waiver without credit is replaced by another."""
        return self.effect == "credit"

    def as_json(self) -> dict[str, Any]:
        """The row of the audit's JSON."""
        found = {"slot": self.slot, "course": self.course, "credits": plain_number(self.credits), "clause": self.clause}
        extra = {"effect": self.effect} | ({"as": self.counts_as} if self.counts_as else {})
        return found | extra


@dataclass(frozen=True, slots=True)
class RefusedCourse:
    """What is not recognised, why, and by which clause."""

    what: str
    reason: str
    clause: str


@dataclass(frozen=True, slots=True)
class _Way:
    """One rule with the courses that fit it: what the assignment sees as an offer, and what a use of it gives."""

    rule: Mapping[str, Any]
    offer: Offer
    gives: tuple[tuple[str, Decimal, str], ...]

    @property
    def clause(self) -> str:
        return str(self.rule["clause"])


def recognise(
    terms: Mapping[str, Any], record: Mapping[str, Any], on: date, rules: Rules
) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    """What of the record's courses the terms (`document.terms_of`) recognise on that day, and what they refuse."""
    work = coursework(terms, record, reading_of(terms, rules))
    refused: list[RefusedCourse] = []
    stated = sorted(terms.get("recognition") or (), key=lambda rule: int(rule.get("priority", 0)))
    ways = [way for rule in stated for way in _ways(rule, work, terms, record, on, refused)]
    clash = clash_of(terms, record)
    if clash:
        return (), tuple(RefusedCourse(course, clash.words, clash.clause) for course in work.rows)
    caps = caps_of(terms, [way.gives for way in ways])
    gated, gate = gate_of(terms, work, max((way.offer.credits for way in ways), default=Decimal(0)))
    offers = [way.offer for way in ways]
    chosen = assign(offers, [cap.limit for cap in caps], gated, gate.most if gate else None)
    found = tuple(row for filled in chosen for row in _recognised(ways[filled.offer], filled))
    left = _left_over(work, ways, chosen, caps, gated, gate.cap if gate else None)
    return found, tuple(dict.fromkeys([*refused, *left]))


def _ways(
    rule: Mapping[str, Any],
    work: Coursework,
    terms: Mapping[str, Any],
    record: Mapping[str, Any],
    on: date,
    refused: list[RefusedCourse],
) -> list[_Way]:
    if "unknown" in rule:
        refused.append(RefusedCourse("credit", f"not known: {rule['unknown']}", str(rule["clause"])))
        return []
    named = rule.get("any_of") or rule.get("all_of") or rule.get("block")
    listed = [str(name) for name in (named if named is not None else [rule["course"]])]
    if "block" in rule:
        listed = [f"credential {work.credential}"] if work.credential and _all_passed(listed, work, on) else []
        usable = listed
    else:
        usable = []
        for course in dict.fromkeys(listed):
            reason = fits(rule, work, course, terms, record, on)
            if reason is None:
                usable.append(course)
            elif reason:
                refused.append(RefusedCourse(course, reason, str(rule["clause"])))
    bundle = "all_of" in rule
    if not usable or (bundle and len(usable) < len(set(listed))):
        return []
    if rule.get("convert"):
        return _by_own_credits(rule, usable, work, terms, refused)
    gives = _gives(rule)
    offer = Offer(sum((g[1] for g in gives), Decimal(0)), tuple(usable), int(rule.get("times", 1)), bundle)
    return [_Way(rule, offer, gives)]


def _all_passed(courses: list[str], work: Coursework, on: date) -> bool:
    """Whether each of the courses is on record, and none of them is failed work."""
    rows = [work.rows.get(course) for course in courses]
    counts = Meaning.FAILED_WORK in work.reading
    return all(row is not None and not (counts and why_failed(row, on, work.reading)) for row in rows)


def _gives(rule: Mapping[str, Any]) -> tuple[tuple[str, Decimal, str], ...]:
    rows = rule.get("gives") or [rule]
    waiver = rule.get("effect") == "waiver"
    return tuple(
        (
            str(row.get("slot", rule.get("slot", "elective"))),
            Decimal(0) if waiver else number(row.get("credits", 0)) or Decimal(0),
            str(row.get("as", "")),
        )
        for row in rows
    )


def _by_own_credits(
    rule: Mapping[str, Any],
    usable: list[str],
    work: Coursework,
    terms: Mapping[str, Any],
    refused: list[RefusedCourse],
) -> list[_Way]:
    """Each course with its own credits, in the receiving degree's unit; the `times` with the most."""
    units = terms.get("units") or {}
    target = str((terms.get("receiving") or {}).get("unit") or units.get("system") or "credits")
    found = []
    for course in usable:
        row = work.rows[course]
        own = number(row.get("credits"))
        try:
            if own is None:
                raise Incomparable("its credits are not on record")
            worth = converted(own, str(row.get("unit") or target), target, units.get("conversions") or ())
        except Incomparable as why:
            refused.append(RefusedCourse(course, str(why), str(rule["clause"])))
            continue
        found.append(_Way(rule, Offer(worth, (course,)), ((str(rule.get("slot", "elective")), worth, ""),)))
    found.sort(key=lambda way: -way.offer.credits)
    return found[: int(rule.get("times", len(found) or 1))]


def _recognised(way: _Way, filled: Filled) -> list[Recognised]:
    course, effect = " + ".join(filled.courses), str(way.rule.get("effect", "credit"))
    return [Recognised(slot, course, credits, way.clause, effect, name) for slot, credits, name in way.gives]


def _left_over(
    work: Coursework,
    ways: list[_Way],
    chosen: tuple[Filled, ...],
    caps: list[Cap],
    gated: frozenset[str],
    gate: Cap | None,
) -> list[RefusedCourse]:
    """Courses that fit a rule and fill no place: a cap is in the way, or every place is taken; and those of no rule."""
    used = {course for filled in chosen for course in filled.courses}
    counts = [sum(1 for filled in chosen if filled.offer == index) for index in range(len(ways))]
    found = []
    for course in work.rows:
        if course in used:
            continue
        could = [index for index, way in enumerate(ways) if course in way.offer.courses]
        if not could:
            if not any(course in _named(rule) for rule in work.rules) and work.rules:
                what = "not among the courses that are recognised"
                found.append(RefusedCourse(course, what, str(work.rules[0]["clause"])))
            continue
        free = [index for index in could if counts[index] < ways[index].offer.times]
        cap = next((cap for cap in caps if free and all(cap.binds(counts, index) for index in free)), None)
        if cap is None and free and course in gated:
            cap = gate
        if cap is not None:
            found.append(RefusedCourse(course, cap.words, cap.clause))
        else:
            found.append(RefusedCourse(course, "every place it could fill is taken", ways[could[0]].clause))
    return found


def _named(rule: Mapping[str, Any]) -> list[str]:
    return [*(rule.get("any_of") or rule.get("all_of") or rule.get("block") or ()), str(rule.get("course", ""))]
