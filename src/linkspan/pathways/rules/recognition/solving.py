"""What of a record an agreement recognises: which course fills which slot, and a reason for each refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import CourseTaken, Record
from linkspan.pathways.rules.agreement import Agreement, Recognition, Units
from linkspan.pathways.rules.language.comparing import Incomparable
from linkspan.pathways.rules.language.meaning import PRESENT, Meaning, Rules, reading_of
from linkspan.pathways.rules.language.values import number, plain_number
from linkspan.pathways.rules.recognition.assignment import Filled, Limit, Offer, assign
from linkspan.pathways.rules.recognition.caps import (
    Ceiling,
    Given,
    Held,
    caps_of,
    clash_of,
    gate_of,
    place_worth,
    places_of,
)
from linkspan.pathways.rules.recognition.coursework import Coursework, coursework, fits
from linkspan.pathways.rules.recognition.units import converted, hundredths

#: The slot of what names none.
ELECTIVE = "elective"
ALREADY = Sentence("recognised_already", "this course is recognised here already")
NO_PLACE = Sentence("no_place_left", "every place it could fill is taken")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What counts in a slot of the degree, its credits and the places it fills; `effect` is credit or waiver.

    A waiver lifts the course and gives no credit. `counts_as` is the receiving course, if the agreement names one;
    `courses` are those used up, which `course` names for a reader.
    """

    slot: str
    course: str
    credits: Decimal
    clause: str
    effect: str = "credit"
    counts_as: str = ""
    courses: tuple[str, ...] = ()
    places: int = 1

    @property
    def tuition_waived(self) -> int:
        """How many courses of the degree need not be paid for; a waiver without credit is replaced by another."""
        return self.places if self.effect == "credit" else 0

    def as_json(self) -> dict[str, Any]:
        """The row of the audit's JSON."""
        found = {"slot": self.slot, "course": self.course, "credits": plain_number(self.credits), "clause": self.clause}
        extra: dict[str, Any] = {"effect": self.effect} | ({"as": self.counts_as} if self.counts_as else {})
        extra |= {"places": self.places} if self.places != 1 else {}
        return found | extra


@dataclass(frozen=True, slots=True)
class RefusedCourse:
    """What is not recognised, why, and by which clause."""

    what: str
    reason: Sentence
    clause: str


@dataclass(frozen=True, slots=True)
class _Way:
    """One rule with the courses that fit it: what the assignment sees as an offer, and the places that a use fills."""

    rule: Recognition
    offer: Offer
    gives: tuple[Given, ...]
    named: str = ""

    @property
    def clause(self) -> str:
        return self.rule.clause


@dataclass(frozen=True, slots=True)
class _Case:
    """What is judged: the terms, the coursework, which course fits which rule, and what the learner holds there."""

    terms: Agreement
    work: Coursework
    fit: Callable[[Recognition, str], Sentence | None]
    held: Sequence[Held] = ()

    def __contains__(self, meaning: Meaning) -> bool:
        return meaning in self.work.reading


def recognise(
    terms: Agreement, record: Record, on: date, rules: Rules, held: Sequence[Held] = ()
) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    """What of the record's courses the terms (`Agreement.in_force`) recognise on that day, and what they refuse.

    `held` is credit that the learner has at the receiving school already: its courses, places and credits are taken.
    """
    work = coursework(terms, record, reading_of(terms, rules))
    taken = {course for one in held for course in one.courses}

    def fit(rule: Recognition, course: str) -> Sentence | None:
        return ALREADY if course in taken else fits(rule, work, course, terms, record, on)

    return _solved(_Case(terms, work, fit, held), record)


@dataclass(frozen=True, slots=True)
class Use:
    """What a clause gives whoever has every course that it names: the places of one use, and how often it is used."""

    clause: str
    gives: tuple[Given, ...]
    times: int

    @property
    def credits(self) -> Decimal:
        """The credits of one use."""
        return _total(self.gives)


def most_recognised(terms: Agreement) -> tuple[Recognised, ...] | None:
    """What the terms recognise of somebody with every course that they name; None where they do not say how much."""
    if any(rule.unknown is not None or rule.convert for rule in terms.recognition):
        return None
    return _solved(_everything(terms), {})[0]


def uses_of(terms: Agreement) -> tuple[Use, ...]:
    """What each clause of the terms gives by itself, where it says how much."""
    case = _everything(terms)
    ways = [way for rule in terms.recognition for way in _ways(rule, case, [])]
    return tuple(Use(way.clause, way.gives, way.offer.uses) for way in ways)


def _everything(terms: Agreement) -> _Case:
    """Somebody with the credential and every course that the terms name, each of which fits."""
    rows: dict[str, CourseTaken] = {course: {"id": course} for rule in terms.recognition for course in rule.named}
    work = Coursework(rows, terms.sending.program, terms.recognition, reading_of(terms, PRESENT))
    return _Case(terms, work, lambda rule, course: None)


def _solved(case: _Case, record: Record) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    refused: list[RefusedCourse] = []
    terms, work = case.terms, case.work
    stated = sorted(terms.recognition, key=lambda rule: rule.priority or 0)
    ways = [way for rule in stated for way in _ways(rule, case, refused)]
    clash = clash_of(terms, record, case.held)
    if clash:
        return (), tuple(RefusedCourse(course, clash.words, clash.clause) for course in work.rows)
    gives, places = [way.gives for way in ways], Meaning.PLACES in case
    caps = caps_of(terms, gives, case.held)
    if places:
        caps += [*places_of(terms, gives, case.held), *_shared_times(ways)]
    gated, gate = gate_of(terms, work, max((way.offer.credits for way in ways), default=Decimal(0)), case.held)
    offers, limits = [way.offer for way in ways], [cap.limit for cap in caps]
    chosen = assign(offers, limits, gated, gate.most if gate else None, bounded=places)
    found = tuple(row for filled in chosen for row in _recognised(ways[filled.offer], filled))
    left = _left_over(work, ways, chosen, caps, gated, gate.ceiling if gate else None)
    return found, tuple(dict.fromkeys([*refused, *left]))


def _ways(rule: Recognition, case: _Case, refused: list[RefusedCourse]) -> list[_Way]:
    if rule.unknown is not None:
        why = Sentence("not_known", "not known: {what}", what=rule.unknown)
        refused.append(RefusedCourse(Phrase("credit"), why, rule.clause))
        return []
    if rule.block is not None:
        return _block(rule, case, refused)
    listed, together = rule.named, rule.all_of is not None
    usable = _usable(rule, listed, case, refused)
    if not usable or (together and len(usable) < len(listed)):
        return []
    if rule.convert:
        return _by_own_credits(rule, usable, case, refused)
    gives = _gives(rule, case)
    times = len(listed) if rule.each_of is not None else _times_left(rule, case)
    return [_Way(rule, Offer(_total(gives), usable, times, together), gives)] if times else []


def _usable(rule: Recognition, listed: Sequence[str], case: _Case, refused: list[RefusedCourse]) -> tuple[str, ...]:
    """Those of the courses that fit the rule; why each other that is on record does not is added to `refused`."""
    found = []
    for course in listed:
        if course not in case.work.rows:
            continue
        reason = case.fit(rule, course)
        if reason is None:
            found.append(course)
        else:
            refused.append(RefusedCourse(course, reason, rule.clause))
    return tuple(found)


def _times_left(rule: Recognition, case: _Case) -> int:
    """How often the rule may be used, less the uses of its clause that the learner holds already."""
    used = {one.courses for one in case.held if one.same_degree and one.clause == rule.clause}
    return max((rule.times or 1) - len(used), 0)


def _block(rule: Recognition, case: _Case, refused: list[RefusedCourse]) -> list[_Way]:
    """The credential as a whole: it uses up the courses that it names, or all of its own, and fills places of them."""
    name, listed = f"credential {case.work.credential}", rule.named
    if not case.work.credential or not set(listed) <= set(case.work.rows):
        return []
    if Meaning.BLOCKS not in case:
        gives = _gives(rule, case)
        return [_Way(rule, Offer(_total(gives), (name,), (rule.times or 1)), gives)]
    own = dict.fromkeys(str(row.get("id")) for row in case.work.of_credential if isinstance(row, Mapping))
    courses = (
        _usable(rule, listed, case, refused) if listed else tuple(course for course in own if course in case.work.rows)
    )
    if len(courses) < len(listed) or {name, *courses} & {one for held in case.held for one in held.courses}:
        return []
    gives = _own_credits(rule, courses, case, refused) if rule.convert else _gives(rule, case)
    filled = tuple(_filling(given, rule, case.terms) for given in gives)
    return [_Way(rule, Offer(_total(filled), (*courses, name), bundle=True), filled, name)] if filled else []


def _filling(given: Given, rule: Recognition, terms: Agreement) -> Given:
    """What a block gives in a slot: as often as `times` says, else in as many places as its credits are worth there.

    Where the degree does not say what a place is worth, a block fills one for each course that it names.
    """
    if rule.times is not None:
        return replace(given, credits=given.credits * rule.times, places=rule.times)
    worth = place_worth(terms, given.slot)
    if worth and given.credits:
        return replace(given, places=int(-(-Fraction(given.credits) // worth)))
    return given if rule.gives else replace(given, places=max(len(rule.named), 1))


def _gives(rule: Recognition, case: _Case) -> tuple[Given, ...]:
    return tuple(
        Given(row.slot or ELECTIVE, _credit(rule, row.credits or Decimal(0), case), row.as_ or "")
        for row in rule.gives or (rule,)
    )


def _credit(rule: Recognition, amount: Decimal, case: _Case) -> Decimal:
    """The credit of an amount: none by a waiver; counted in hundredths, as it is posted."""
    if rule.is_waiver:
        return Decimal(0)
    return hundredths(amount) if Meaning.PLACES in case else amount


def _total(gives: Sequence[Given]) -> Decimal:
    return sum((given.credits for given in gives), Decimal(0))


def _by_own_credits(rule: Recognition, usable: Sequence[str], case: _Case, refused: list[RefusedCourse]) -> list[_Way]:
    """Each course with its own credits, the most first; what counts together, with their sum. `times` is shared."""
    if rule.all_of is not None and Meaning.BLOCKS in case:
        gives = _own_credits(rule, usable, case, refused)
        return [_Way(rule, Offer(_total(gives), tuple(usable), bundle=True), gives)] if gives else []
    found = []
    for course in usable:
        gives = _own_credits(rule, (course,), case, refused)
        if gives:
            found.append(_Way(rule, Offer(_total(gives), (course,)), gives))
    found.sort(key=lambda way: -way.offer.credits)
    return found if Meaning.PLACES in case else found[: rule.times or len(found) or 1]


def _own_credits(
    rule: Recognition, courses: Sequence[str], case: _Case, refused: list[RefusedCourse]
) -> tuple[Given, ...]:
    """What courses give with credits of their own, in the receiving degree's unit; nothing if one cannot be told."""
    units = case.terms.units or Units()
    target = case.terms.receiving.unit or units.system or "credits"
    total = Decimal(0)
    for course in courses:
        row = case.work.rows[course]
        own = number(row.get("credits"))
        try:
            if own is None:
                raise Incomparable("credits_not_on_record", "its credits are not on record")
            total += converted(own, str(row.get("unit") or target), target, units.conversions)
        except Incomparable as why:
            refused.append(RefusedCourse(course, why.reason, rule.clause))
            return ()
    worth = _credit(rule, total, case) if Meaning.PLACES in case else total
    return (Given(rule.slot or ELECTIVE, worth),)


def _shared_times(ways: Sequence[_Way]) -> list[Ceiling]:
    """The `times` of rules that convert: their courses are ways of their own, with different credits."""
    found = []
    for rule in {id(way.rule): way.rule for way in ways if way.rule.convert and way.rule.times}.values():
        weights = tuple(Decimal(way.rule is rule and not way.offer.bundle) for way in ways)
        limit = Limit(Decimal(rule.times or 0), weights)
        found.append(Ceiling(limit, rule.clause, NO_PLACE))
    return found


def _recognised(way: _Way, filled: Filled) -> list[Recognised]:
    course, effect = way.named or " + ".join(filled.courses), way.rule.effect or "credit"
    return [
        Recognised(g.slot, course, g.credits, way.clause, effect, g.counts_as, filled.courses, g.places)
        for g in way.gives
    ]


def _left_over(
    work: Coursework,
    ways: list[_Way],
    chosen: tuple[Filled, ...],
    caps: list[Ceiling],
    gated: frozenset[str],
    gate: Ceiling | None,
) -> list[RefusedCourse]:
    """Courses that fit a rule and fill no place: a cap is in the way, or every place is taken; and those of no rule."""
    used = {course for filled in chosen for course in filled.courses}
    counts = [sum(1 for filled in chosen if filled.offer == index) for index in range(len(ways))]
    named = {course for rule in work.rules for course in rule.named}
    found = []
    for course in work.rows:
        if course in used:
            continue
        could = [index for index, way in enumerate(ways) if course in way.offer.courses]
        if not could:
            if course not in named and work.rules:
                what = Sentence("not_listed", "not among the courses that are recognised")
                found.append(RefusedCourse(course, what, work.rules[0].clause))
            continue
        free = [index for index in could if counts[index] < ways[index].offer.times]
        cap = next((cap for cap in caps if free and all(cap.binds(counts, index) for index in free)), None)
        if cap is None and free and course in gated:
            cap = gate
        if cap is not None:
            found.append(RefusedCourse(course, cap.words, cap.clause or ways[could[0]].clause))
        else:
            found.append(RefusedCourse(course, NO_PLACE, ways[could[0]].clause))
    return found
