"""Checks of recognition and caps: two results for one course, bands with holes, slots, and sums that cannot be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from linkspan.pathways.rules.caps import credit_caps, total_credits
from linkspan.pathways.rules.checks.intervals import Interval, holes, interval_of
from linkspan.pathways.rules.checks.report import Problem
from linkspan.pathways.rules.comparing import bands_of, grade_number
from linkspan.pathways.rules.coursework import named_courses
from linkspan.pathways.rules.document import terms_of
from linkspan.pathways.rules.meaning import PRESENT, Reading, reading_of
from linkspan.pathways.rules.recognition import Use, uses_of
from linkspan.pathways.rules.values import number

Row = Mapping[str, Any]


def check_credit(agreement: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of `recognition`, `caps` and `grade_maps`, against each other and the receiving degree."""
    terms = terms_of(agreement)
    rules = [row for row in terms["recognition"] if "unknown" not in row]
    yield from _ambiguous(rules)
    yield from _band_holes(rules)
    yield from _map_problems(terms["grade_maps"], reading_of(terms, PRESENT))
    uses = uses_of(terms)
    yield from _times_in_vain(rules)
    yield from _slots(rules, uses, terms)
    yield from _sums(uses, terms)


def _courses(rule: Row) -> tuple[str, ...]:
    """The courses that a rule takes one by one."""
    return () if {"all_of", "block"} & set(rule) else named_courses(rule)


def _times_in_vain(rules: list[Row]) -> Iterator[Problem]:
    """`times` says of `any_of` how many count, of a block how many places it fills; the other kinds count once."""
    for rule in rules:
        if int(rule.get("times", 1)) > 1 and not {"any_of", "block"} & set(rule):
            kind = next(kind for kind in ("course", "each_of", "all_of") if kind in rule)
            said = f"`times` has no meaning beside `{kind}`, which counts once. Leave it out, or use `any_of`."
            yield Problem("times_in_vain", (str(rule["clause"]),), said)


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


def _slots(rules: list[Row], uses: Sequence[Use], terms: Mapping[str, Any]) -> Iterator[Problem]:
    places = {str(row["slot"]): int(row["courses"]) for row in terms["receiving"].get("slots") or ()}
    year = terms.get("catalogue_year")
    degree = f"the degree of catalogue year {year}" if year else "the degree"
    for slot, counts in _wanted(rules, uses, terms).items() if places else ():
        filled = sum(counts.values())
        if slot not in places:
            said = f"{degree} has no slot {slot}; it has {', '.join(places)}."
            yield Problem("slot_missing", tuple(counts), said)
        elif filled > places[slot]:
            said = f"{filled} courses for slot {slot}, which has {places[slot]}."
            yield Problem("slot_too_small", tuple(counts), said, warning=True)


def _wanted(rules: list[Row], uses: Sequence[Use], terms: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """By slot, the clauses that name it, with the places that each fills at most."""
    found: dict[str, dict[str, int]] = {}
    for row in [*(one for rule in rules for one in _rows(rule)), *_named_by(terms["caps"])]:
        found.setdefault(row["slot"], {})[row["clause"]] = 0
    for use in uses:
        for given in use.gives:
            clauses = found.setdefault(given.slot, {})
            clauses[use.clause] = clauses.get(use.clause, 0) + use.times * given.places
    return found


def _rows(rule: Row) -> list[dict[str, str]]:
    """The slots that a rule names, each with its clause."""
    return _named_by({"slot": rule.get("slot"), **row, "clause": rule["clause"]} for row in rule.get("gives") or [rule])


def _named_by(rows: Iterable[Row]) -> list[dict[str, str]]:
    return [{"slot": str(row["slot"]), "clause": str(row["clause"])} for row in rows if row.get("slot")]


def _sums(uses: Sequence[Use], terms: Mapping[str, Any]) -> Iterator[Problem]:
    """A limit that one use of a clause passes is an error; one that the whole menu passes binds, which is its sense."""
    total = total_credits(terms)
    together = sum((use.credits * use.times for use in uses), Decimal(0))
    for cap in terms["caps"]:
        for name, most, _words in credit_caps(cap, total) if "slot" not in cap else ():
            yield from _passed(name, str(cap["clause"]), most, uses, together)
        own = number(cap.get("residency_min_credits"))
        if own is not None and total is not None and own > total:
            said = f"{own} credits at the school itself, of {total} in all."
            yield Problem("residency_above_degree", (str(cap["clause"]),), said)
    over = tuple(use.clause for use in uses if total is not None and use.credits > total)
    if over:
        yield Problem("award_above_degree", over, f"The degree has {total} credits, and more are awarded.")
    elif total is not None and together > total:
        said = f"All clauses together award {together} credits, and the degree has {total}."
        yield Problem("menu_above_degree", tuple(use.clause for use in uses), said, warning=True)


def _passed(name: str, clause: str, most: Decimal, uses: Sequence[Use], together: Decimal) -> Iterator[Problem]:
    through = f"clause {clause} lets {most.normalize():f} through"
    code = "residency_above_degree" if name == "residency_min_credits" else "cap_below_award"
    below = [use for use in uses if use.credits > most]
    for use in below:
        yield Problem(code, (use.clause, clause), f"Clause {use.clause} awards {use.credits} credits, {through}.")
    if together > most and not below:
        said = f"All clauses together award {together} credits, {through}."
        yield Problem("cap_binds", (clause,), said, warning=True)
