"""What of a record an agreement recognises: which course fills which slot, and a reason for each refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.assignment import Filled, Limit, Offer, assign
from linkspan.pathways.rules.caps import Cap, Given, Held, caps_of, clash_of, gate_of, place_worth, places_of
from linkspan.pathways.rules.comparing import Incomparable
from linkspan.pathways.rules.coursework import Coursework, coursework, fits, named_courses
from linkspan.pathways.rules.meaning import PRESENT, Meaning, Rules, reading_of
from linkspan.pathways.rules.units import converted, hundredths
from linkspan.pathways.rules.values import number, plain_number

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
    reason: str
    clause: str


@dataclass(frozen=True, slots=True)
class _Way:
    """One rule with the courses that fit it: what the assignment sees as an offer, and the places that a use fills."""

    rule: Mapping[str, Any]
    offer: Offer
    gives: tuple[Given, ...]
    named: str = ""

    @property
    def clause(self) -> str:
        return str(self.rule["clause"])


@dataclass(frozen=True, slots=True)
class _Case:
    """What is judged: the terms, the coursework, which course fits which rule, and what the learner holds there."""

    terms: Mapping[str, Any]
    work: Coursework
    fit: Callable[[Mapping[str, Any], str], str | None]
    held: Sequence[Held] = ()

    def __contains__(self, meaning: Meaning) -> bool:
        return meaning in self.work.reading


def recognise(
    terms: Mapping[str, Any], record: Mapping[str, Any], on: date, rules: Rules, held: Sequence[Held] = ()
) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    """What of the record's courses the terms (`document.terms_of`) recognise on that day, and what they refuse.

    `held` is credit that the learner has at the receiving school already: its courses, places and credits are taken.
    """
    work = coursework(terms, record, reading_of(terms, rules))
    taken = {course for one in held for course in one.courses}

    def fit(rule: Mapping[str, Any], course: str) -> str | None:
        return (
            "this course is recognised here already" if course in taken else fits(rule, work, course, terms, record, on)
        )

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


def most_recognised(terms: Mapping[str, Any]) -> tuple[Recognised, ...] | None:
    """What the terms recognise of somebody with every course that they name; None where they do not say how much."""
    if any("unknown" in rule or rule.get("convert") for rule in terms.get("recognition") or ()):
        return None
    return _solved(_everything(terms), {})[0]


def uses_of(terms: Mapping[str, Any]) -> tuple[Use, ...]:
    """What each clause of the terms gives by itself, where it says how much."""
    case = _everything(terms)
    ways = [way for rule in terms.get("recognition") or () for way in _ways(rule, case, [])]
    return tuple(Use(way.clause, way.gives, way.offer.uses) for way in ways)


def _everything(terms: Mapping[str, Any]) -> _Case:
    """Somebody with the credential and every course that the terms name, each of which fits."""
    stated = list(terms.get("recognition") or ())
    rows = {course: {"id": course} for rule in stated for course in named_courses(rule)}
    work = Coursework(rows, str(terms["sending"]["program"]), stated, reading_of(terms, PRESENT))
    return _Case(terms, work, lambda rule, course: None)


def _solved(case: _Case, record: Mapping[str, Any]) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    refused: list[RefusedCourse] = []
    terms, work = case.terms, case.work
    stated = sorted(terms.get("recognition") or (), key=lambda rule: int(rule.get("priority", 0)))
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
    left = _left_over(work, ways, chosen, caps, gated, gate.cap if gate else None)
    return found, tuple(dict.fromkeys([*refused, *left]))


def _ways(rule: Mapping[str, Any], case: _Case, refused: list[RefusedCourse]) -> list[_Way]:
    if "unknown" in rule:
        why = Sentence("not_known", "not known: {what}", what=rule["unknown"])
        refused.append(RefusedCourse("credit", why, str(rule["clause"])))
        return []
    if "block" in rule:
        return _block(rule, case, refused)
    listed, together = named_courses(rule), "all_of" in rule
    usable = _usable(rule, listed, case, refused)
    if not usable or (together and len(usable) < len(listed)):
        return []
    if rule.get("convert"):
        return _by_own_credits(rule, usable, case, refused)
    gives = _gives(rule, case)
    times = len(listed) if "each_of" in rule else _times_left(rule, case)
    return [_Way(rule, Offer(_total(gives), usable, times, together), gives)] if times else []


def _usable(
    rule: Mapping[str, Any], listed: Sequence[str], case: _Case, refused: list[RefusedCourse]
) -> tuple[str, ...]:
    """Those of the courses that fit the rule; why each other that is on record does not is added to `refused`."""
    found = []
    for course in listed:
        reason = case.fit(rule, course)
        if reason is None:
            found.append(course)
        elif reason:
            refused.append(RefusedCourse(course, reason, str(rule["clause"])))
    return tuple(found)


def _times_left(rule: Mapping[str, Any], case: _Case) -> int:
    """How often the rule may be used, less the uses of its clause that the learner holds already."""
    used = {one.courses for one in case.held if one.same_degree and one.clause == str(rule["clause"])}
    return max(int(rule.get("times", 1)) - len(used), 0)


def _block(rule: Mapping[str, Any], case: _Case, refused: list[RefusedCourse]) -> list[_Way]:
    """The credential as a whole: it uses up the courses that it names, or all of its own, and fills places of them."""
    name, listed = f"credential {case.work.credential}", named_courses(rule)
    if not case.work.credential or not set(listed) <= set(case.work.rows):
        return []
    if Meaning.BLOCKS not in case:
        gives = _gives(rule, case)
        return [_Way(rule, Offer(_total(gives), (name,), int(rule.get("times", 1))), gives)]
    own = dict.fromkeys(str(row.get("id")) for row in case.work.of_credential if isinstance(row, Mapping))
    courses = (
        _usable(rule, listed, case, refused) if listed else tuple(course for course in own if course in case.work.rows)
    )
    if len(courses) < len(listed) or {name, *courses} & {one for held in case.held for one in held.courses}:
        return []
    gives = _own_credits(rule, courses, case, refused) if rule.get("convert") else _gives(rule, case)
    filled = tuple(_filling(given, rule, case.terms) for given in gives)
    return [_Way(rule, Offer(_total(filled), (*courses, name), bundle=True), filled, name)] if filled else []


def _filling(given: Given, rule: Mapping[str, Any], terms: Mapping[str, Any]) -> Given:
    """What a block gives in a slot: as often as `times` says, else in as many places as its credits are worth there.

    Where the degree does not say what a place is worth, a block fills one for each course that it names.
    """
    if "times" in rule:
        times = int(rule["times"])
        return replace(given, credits=given.credits * times, places=times)
    worth = place_worth(terms, given.slot)
    if worth and given.credits:
        return replace(given, places=int(-(-Fraction(given.credits) // worth)))
    return given if "gives" in rule else replace(given, places=max(len(named_courses(rule)), 1))


def _gives(rule: Mapping[str, Any], case: _Case) -> tuple[Given, ...]:
    return tuple(
        Given(
            str(row.get("slot", rule.get("slot", "elective"))),
            _credit(rule, number(row.get("credits", 0)) or Decimal(0), case),
            str(row.get("as", "")),
        )
        for row in rule.get("gives") or [rule]
    )


def _credit(rule: Mapping[str, Any], amount: Decimal, case: _Case) -> Decimal:
    """The credit of an amount: none by a waiver; counted in hundredths, as it is posted."""
    if rule.get("effect") == "waiver":
        return Decimal(0)
    return hundredths(amount) if Meaning.PLACES in case else amount


def _total(gives: Sequence[Given]) -> Decimal:
    return sum((given.credits for given in gives), Decimal(0))


def _by_own_credits(
    rule: Mapping[str, Any], usable: Sequence[str], case: _Case, refused: list[RefusedCourse]
) -> list[_Way]:
    """Each course with its own credits, the most first; what counts together, with their sum. `times` is shared."""
    if "all_of" in rule and Meaning.BLOCKS in case:
        gives = _own_credits(rule, usable, case, refused)
        return [_Way(rule, Offer(_total(gives), tuple(usable), bundle=True), gives)] if gives else []
    found = []
    for course in usable:
        gives = _own_credits(rule, (course,), case, refused)
        if gives:
            found.append(_Way(rule, Offer(_total(gives), (course,)), gives))
    found.sort(key=lambda way: -way.offer.credits)
    return found if Meaning.PLACES in case else found[: int(rule.get("times", len(found) or 1))]


def _own_credits(
    rule: Mapping[str, Any], courses: Sequence[str], case: _Case, refused: list[RefusedCourse]
) -> tuple[Given, ...]:
    """What courses give with credits of their own, in the receiving degree's unit; nothing if one cannot be told."""
    units, receiving = case.terms.get("units") or {}, case.terms.get("receiving") or {}
    target = str(receiving.get("unit") or units.get("system") or "credits")
    total = Decimal(0)
    for course in courses:
        row = case.work.rows[course]
        own = number(row.get("credits"))
        try:
            if own is None:
                raise Incomparable("credits_not_on_record", "its credits are not on record")
            total += converted(own, str(row.get("unit") or target), target, units.get("conversions") or ())
        except Incomparable as why:
            refused.append(RefusedCourse(course, why.reason, str(rule["clause"])))
            return ()
    worth = _credit(rule, total, case) if Meaning.PLACES in case else total
    return (Given(str(rule.get("slot", "elective")), worth),)


def _shared_times(ways: Sequence[_Way]) -> list[Cap]:
    """The `times` of rules that convert: their courses are ways of their own, with different credits."""
    found = []
    for rule in {id(way.rule): way.rule for way in ways if way.rule.get("convert") and "times" in way.rule}.values():
        weights = tuple(Decimal(way.rule is rule and not way.offer.bundle) for way in ways)
        limit = Limit(Decimal(int(rule["times"])), weights)
        found.append(Cap(limit, str(rule["clause"]), NO_PLACE))
    return found


def _recognised(way: _Way, filled: Filled) -> list[Recognised]:
    course, effect = way.named or " + ".join(filled.courses), str(way.rule.get("effect", "credit"))
    return [
        Recognised(g.slot, course, g.credits, way.clause, effect, g.counts_as, filled.courses, g.places)
        for g in way.gives
    ]


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
    named = {course for rule in work.rules for course in named_courses(rule)}
    found = []
    for course in work.rows:
        if course in used:
            continue
        could = [index for index, way in enumerate(ways) if course in way.offer.courses]
        if not could:
            if course not in named and work.rules:
                what = Sentence("not_listed", "not among the courses that are recognised")
                found.append(RefusedCourse(course, what, str(work.rules[0]["clause"])))
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
