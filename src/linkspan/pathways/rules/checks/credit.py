"""Checks of recognition and caps: two results for one course, bands with holes, slots, and sums that cannot be."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from linkspan.pathways.rules.caps import total_credits
from linkspan.pathways.rules.checks.intervals import Interval, holes, interval_of
from linkspan.pathways.rules.checks.report import Problem
from linkspan.pathways.rules.comparing import bands_of, grade_number
from linkspan.pathways.rules.document import terms_of
from linkspan.pathways.rules.meaning import PRESENT, Reading, reading_of
from linkspan.pathways.rules.values import number

Row = Mapping[str, Any]


def check_credit(agreement: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of `recognition`, `caps` and `grade_maps`, against each other and the receiving degree."""
    terms = terms_of(agreement)
    rules = [row for row in terms["recognition"] if "unknown" not in row]
    yield from _ambiguous(rules)
    yield from _band_holes(rules)
    yield from _map_problems(terms["grade_maps"], reading_of(terms, PRESENT))
    yield from _slots(rules, terms)
    yield from _sums(rules, terms)


def _courses(rule: Row) -> tuple[str, ...]:
    return tuple(rule.get("any_of") or ((rule["course"],) if "course" in rule else ()))


def _grades(rule: Row) -> Interval | None:
    """The grades that a rule is for; None if it takes any."""
    met: Interval | None = None
    for name, op in (("min_grade", ">="), ("below_grade", "<")):
        if name in rule:
            interval = interval_of(op, rule[name])
            assert interval is not None
            met = interval if met is None or met.kind != interval.kind else met.meet(interval)
    return met


def _result(rule: Row) -> tuple[Any, ...]:
    rows = rule.get("gives") or [rule]
    gives = tuple((row.get("slot", rule.get("slot")), number(row.get("credits", 0)), row.get("as")) for row in rows)
    return rule.get("effect", "credit"), bool(rule.get("convert")), gives


def _ambiguous(rules: list[Row]) -> Iterator[Problem]:
    """Two rules of one priority that take the same course at the same grade and give different results.

    With a `priority` on each, a course may fill one of two slots: the lower number is filled first.
    """
    for one, other in combinations(rules, 2):
        shared = [course for course in _courses(one) if course in _courses(other)]
        first, second = _grades(one), _grades(other)
        apart = first is not None and second is not None and first.kind == second.kind and first.meet(second).is_empty
        if not shared or apart or one.get("priority") != other.get("priority"):
            continue
        if _result(one) != _result(other):
            said = (
                f"{', '.join(shared)} at the same grade gives two results. Give each its grades, courses or priority."
            )
            yield Problem("ambiguous", (str(one["clause"]), str(other["clause"])), said)
        else:
            said = f"{', '.join(shared)}: the same rule stands twice. Use `times`."
            yield Problem("duplicate_rule", (str(one["clause"]), str(other["clause"])), said, warning=True)


def _band_holes(rules: list[Row]) -> Iterator[Problem]:
    by_course: dict[str, list[Row]] = {}
    for rule in rules:
        for course in _courses(rule):
            by_course.setdefault(course, []).append(rule)
    told = set()
    for course, some in by_course.items():
        bands = [(str(rule["clause"]), band) for rule in some if (band := _grades(rule)) is not None]
        clauses = tuple(clause for clause, _ in bands)
        for clause, band in bands:
            if band.is_empty:
                yield Problem(
                    "unreachable", (clause,), f"No grade is at least its minimum and below its bound ({course})."
                )
        if len({band.kind for _, band in bands}) == 1 and clauses not in told:
            for low, high in holes(band for _, band in bands):
                told.add(clauses)
                yield Problem("grade_hole", clauses, f"{course}: no rule is for grades from {low} to below {high}.")


def _map_problems(maps: list[Row], reading: Reading) -> Iterator[Problem]:
    for stated in maps:
        clauses = (str(stated["clause"]),) if "clause" in stated else ()
        name = f"{stated['from']} to {stated['to']}"
        bands = sorted(bands_of(stated, reading), key=lambda pair: pair[0])
        reached = [
            (least, grade_number({"scale": stated["to"], "value": band["value"]}, reading)) for least, band in bands
        ]
        for (low, first), (high, second) in pairwise(reached):
            if low == high and first != second:
                yield Problem("ambiguous", clauses, f"{name}: {low} maps to two grades.")
            elif first > second:
                yield Problem("grade_map_order", clauses, f"{name}: {high} maps to a lower grade than {low}.")
        if reached and reached[0][0] > 0:
            said = f"{name}: nothing is said of grades below {reached[0][0]}; they are unknown."
            yield Problem("grade_map_open", clauses, said, warning=True)


def _slots(rules: list[Row], terms: Mapping[str, Any]) -> Iterator[Problem]:
    places = {str(row["slot"]): int(row["courses"]) for row in terms["receiving"].get("slots") or ()}
    year = terms.get("catalogue_year")
    degree = f"the degree of catalogue year {year}" if year else "the degree"
    wanted: dict[str, list[tuple[str, int]]] = {}
    for rule in rules:
        for row in rule.get("gives") or ([rule] if "slot" in rule else []):
            slot = str(row.get("slot", rule.get("slot")))
            wanted.setdefault(slot, []).append((str(rule["clause"]), int(rule.get("times", 1))))
    for cap in terms["caps"]:
        if "slot" in cap:
            wanted.setdefault(str(cap["slot"]), []).append((str(cap["clause"]), 0))
    for slot, uses in wanted.items():
        clauses = tuple(clause for clause, _ in uses)
        if not places:
            continue
        if slot not in places:
            yield Problem("slot_missing", clauses, f"{degree} has no slot {slot}; it has {', '.join(places)}.")
        elif sum(times for _, times in uses) > places[slot]:
            said = f"{sum(times for _, times in uses)} courses for slot {slot}, which has {places[slot]}."
            yield Problem("slot_too_small", clauses, said, warning=True)


def _award(rule: Row) -> Decimal:
    """The most credits that one clause awards."""
    if rule.get("effect") == "waiver":
        return Decimal(0)
    each = sum((number(row.get("credits", 0)) or Decimal(0) for row in rule.get("gives") or [rule]), Decimal(0))
    listed = len(_courses(rule)) or 1
    return each * min(int(rule.get("times", 1)), max(listed, 1))


def _sums(rules: list[Row], terms: Mapping[str, Any]) -> Iterator[Problem]:
    total = total_credits(terms)
    awards = {str(rule["clause"]): _award(rule) for rule in rules}
    together = sum(awards.values(), Decimal(0))
    for cap in terms["caps"]:
        clause = str(cap["clause"])
        most = _most(cap, total)
        if most is not None and "slot" not in cap:
            below = [name for name, award in awards.items() if award > most]
            for name in below:
                said = (
                    f"Clause {name} awards {awards[name]} credits, clause {clause} lets {most.normalize():f} through."
                )
                yield Problem("cap_below_award", (name, clause), said)
            if not below and together > most:
                said = (
                    f"All clauses together award {together} credits, clause {clause} lets {most.normalize():f} through."
                )
                yield Problem("cap_binds", (clause,), said, warning=True)
        own = number(cap.get("residency_min_credits"))
        if own is not None and total is not None:
            yield from _residency(own, total, awards, clause)
    if total is not None and any(award > total for award in awards.values()):
        over = tuple(name for name, award in awards.items() if award > total)
        yield Problem("award_above_degree", over, f"The degree has {total} credits, and more are awarded.")


def _most(cap: Row, total: Decimal | None) -> Decimal | None:
    if "max_recognised_credits" in cap:
        return number(cap["max_recognised_credits"])
    fraction = number(cap.get("max_fraction_external"))
    return None if fraction is None or total is None else total * fraction


def _residency(own: Decimal, total: Decimal, awards: Mapping[str, Decimal], clause: str) -> Iterator[Problem]:
    if own > total:
        yield Problem("residency_above_degree", (clause,), f"{own} credits at the school itself, of {total} in all.")
    for name, award in awards.items():
        if own <= total < own + award:
            said = (
                f"{award} credits by clause {name} and {own} at the school itself are more than the degree's {total}."
            )
            yield Problem("residency_above_degree", (name, clause), said)
