"""Checks of recognition and caps: two results for one course, bands with holes, slots, and sums that cannot be."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.agreement import Agreement, GradeMap, Recognition
from linkspan.pathways.rules.agreement.checks.intervals import Interval, holes, interval_of
from linkspan.pathways.rules.agreement.checks.report import Problem, problem
from linkspan.pathways.rules.language.comparing import bands_of, grade_number
from linkspan.pathways.rules.language.meaning import PRESENT, Reading, reading_of
from linkspan.pathways.rules.recognition.caps import credit_caps
from linkspan.pathways.rules.recognition.solving import Use, uses_of


def check_credit(agreement: Agreement) -> Iterator[Problem]:
    """Problems of `recognition`, `caps` and `grade_maps`, against each other and the receiving degree."""
    terms = agreement.in_force
    rules = [row for row in terms.recognition if row.unknown is None]
    yield from _ambiguous(rules)
    yield from _band_holes(rules)
    yield from _map_problems(terms.grade_maps, reading_of(terms, PRESENT))
    uses = uses_of(terms)
    yield from _times_in_vain(rules)
    yield from _slots(rules, uses, terms)
    yield from _sums(uses, terms)


def _courses(rule: Recognition) -> tuple[str, ...]:
    """The courses that a rule takes one by one."""
    return rule.named if rule.all_of is None and rule.block is None else ()


def _times_in_vain(rules: list[Recognition]) -> Iterator[Problem]:
    """`times` says of `any_of` how many count, of a block how many places it fills; the other kinds count once."""
    for rule in rules:
        if (rule.times or 1) > 1 and rule.any_of is None and rule.block is None:
            kind = next(kind for kind in ("course", "each_of", "all_of") if getattr(rule, kind) is not None)
            yield problem(
                "times_in_vain",
                (rule.clause,),
                "`times` has no meaning beside `{kind}`, which counts once. Leave it out, or use `any_of`.",
                kind=kind,
            )


def _grades(rule: Recognition) -> Interval | None:
    """The grades that a rule is for; None if it takes any."""
    met: Interval | None = None
    for grade, op in ((rule.min_grade, ">="), (rule.below_grade, "<")):
        if grade is not None:
            interval = interval_of(op, grade.as_json())
            assert interval is not None
            met = interval if met is None or met.kind != interval.kind else met.meet(interval)
    return met


def _result(rule: Recognition) -> tuple[Any, ...]:
    gives = tuple((row.slot, row.credits or 0, row.as_) for row in rule.gives or (rule,))
    return rule.is_waiver, bool(rule.convert), gives


def _ambiguous(rules: list[Recognition]) -> Iterator[Problem]:
    """Two rules of one priority that take the same course at the same grade and give different results.

    With a `priority` on each, a course may fill one of two slots: the lower number is filled first.
    """
    for one, other in combinations(rules, 2):
        shared = [course for course in _courses(one) if course in _courses(other)]
        first, second = _grades(one), _grades(other)
        apart = first is not None and second is not None and first.kind == second.kind and first.meet(second).is_empty
        if not shared or apart or one.priority != other.priority:
            continue
        if _result(one) != _result(other):
            yield problem(
                "ambiguous",
                (one.clause, other.clause),
                "{courses} at the same grade gives two results. Give each its grades, courses or priority.",
                courses=", ".join(shared),
            )
        else:
            yield problem(
                "duplicate_rule",
                (one.clause, other.clause),
                "{courses}: the same rule stands twice. Use `times`.",
                warning=True,
                courses=", ".join(shared),
            )


def _band_holes(rules: list[Recognition]) -> Iterator[Problem]:
    by_course: dict[str, list[Recognition]] = {}
    for rule in rules:
        for course in _courses(rule):
            by_course.setdefault(course, []).append(rule)
    told = set()
    for course, some in by_course.items():
        bands = [(rule.clause, band) for rule in some if (band := _grades(rule)) is not None]
        clauses = tuple(clause for clause, _ in bands)
        for clause, band in bands:
            if band.is_empty:
                yield problem(
                    "unreachable",
                    (clause,),
                    "No grade is at least its minimum and below its bound ({course}).",
                    course=course,
                )
        if len({band.kind for _, band in bands}) == 1 and clauses not in told:
            for low, high in holes(band for _, band in bands):
                told.add(clauses)
                yield problem(
                    "grade_hole",
                    clauses,
                    "{course}: no rule is for grades from {low} to below {high}.",
                    course=course,
                    low=low,
                    high=high,
                )


def _map_problems(maps: Iterable[GradeMap], reading: Reading) -> Iterator[Problem]:
    for stated in maps:
        clauses = (stated.clause,) if stated.clause is not None else ()
        name = Sentence("grade_map", "{source} to {target}", source=stated.from_, target=stated.to)
        bands = sorted(bands_of(stated, reading), key=lambda pair: pair[0])
        reached = [(least, grade_number({"scale": stated.to, "value": band.value}, reading)) for least, band in bands]
        for (low, first), (high, second) in pairwise(reached):
            if low == high and first != second:
                yield problem("ambiguous", clauses, "{name}: {low} maps to two grades.", name=name, low=low)
            elif first > second:
                yield problem(
                    "grade_map_order",
                    clauses,
                    "{name}: {high} maps to a lower grade than {low}.",
                    name=name,
                    high=high,
                    low=low,
                )
        if reached and reached[0][0] > 0:
            yield problem(
                "grade_map_open",
                clauses,
                "{name}: nothing is said of grades below {grade}; they are unknown.",
                warning=True,
                name=name,
                grade=reached[0][0],
            )


def _slots(rules: list[Recognition], uses: Sequence[Use], terms: Agreement) -> Iterator[Problem]:
    places = {row.slot: row.courses for row in terms.receiving.slots}
    year = terms.catalogue_year
    degree: str = Phrase("the degree")
    if year:
        degree = Sentence("degree_of_year", "the degree of catalogue year {year}", year=year)
    for slot, counts in _wanted(rules, uses, terms).items() if places else ():
        filled = sum(counts.values())
        if slot not in places:
            yield problem(
                "slot_missing",
                tuple(counts),
                "{degree} has no slot {slot}; it has {places}.",
                degree=degree,
                slot=slot,
                places=", ".join(places),
            )
        elif filled > places[slot]:
            yield problem(
                "slot_too_small",
                tuple(counts),
                "{filled} courses for slot {slot}, which has {places}.",
                warning=True,
                filled=filled,
                slot=slot,
                places=places[slot],
            )


def _wanted(rules: list[Recognition], uses: Sequence[Use], terms: Agreement) -> dict[str, dict[str, int]]:
    """By slot, the clauses that name it, with the places that each fills at most."""
    found: dict[str, dict[str, int]] = {}
    stated = [(row.slot, rule.clause) for rule in rules for row in rule.gives or (rule,)]
    for slot, clause in [*stated, *((cap.slot, cap.clause) for cap in terms.caps)]:
        if slot:
            found.setdefault(slot, {})[clause] = 0
    for use in uses:
        for given in use.gives:
            clauses = found.setdefault(given.slot, {})
            clauses[use.clause] = clauses.get(use.clause, 0) + use.times * given.places
    return found


def _sums(uses: Sequence[Use], terms: Agreement) -> Iterator[Problem]:
    """A limit that one use of a clause passes is an error; one that the whole menu passes binds, which is its sense."""
    total = terms.receiving.credits
    together = sum((use.credits * use.times for use in uses), Decimal(0))
    for cap in terms.caps:
        for name, most, _words in credit_caps(cap, total) if cap.slot is None else ():
            yield from _passed(name, cap.clause, most, uses, together)
        own = cap.residency_min_credits
        if own is not None and total is not None and own > total:
            yield problem(
                "residency_above_degree",
                (cap.clause,),
                "{own} credits at the school itself, of {total} in all.",
                own=own,
                total=total,
            )
    over = tuple(use.clause for use in uses if total is not None and use.credits > total)
    if over:
        yield problem("award_above_degree", over, "The degree has {total} credits, and more are awarded.", total=total)
    elif total is not None and together > total:
        yield problem(
            "menu_above_degree",
            tuple(use.clause for use in uses),
            "All clauses together award {together} credits, and the degree has {total}.",
            warning=True,
            together=together,
            total=total,
        )


def _passed(name: str, clause: str, most: Decimal, uses: Sequence[Use], together: Decimal) -> Iterator[Problem]:
    through = Sentence("cap", "clause {clause} lets {most} through", clause=clause, most=format(most.normalize(), "f"))
    code = "residency_above_degree" if name == "residency_min_credits" else "cap_below_award"
    below = [use for use in uses if use.credits > most]
    for use in below:
        yield problem(
            code,
            (use.clause, clause),
            "Clause {use} awards {credits} credits, {through}.",
            use=use.clause,
            credits=use.credits,
            through=through,
        )
    if together > most and not below:
        yield problem(
            "cap_binds",
            (clause,),
            "All clauses together award {together} credits, {through}.",
            warning=True,
            together=together,
            through=through,
        )
