"""The limits of an agreement: credits and courses at most, residency, double counting, what excludes what."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules.agreement import Agreement, Cap
from linkspan.pathways.rules.recognition.assignment import Limit
from linkspan.pathways.rules.recognition.coursework import Coursework


@dataclass(frozen=True, slots=True)
class Given:
    """What one use of a rule gives in one slot: credits, the receiving course if it is named, the places it fills."""

    slot: str
    credits: Decimal
    counts_as: str = ""
    places: int = 1


#: What one use of a rule gives.
Gives = Sequence[Given]


@dataclass(frozen=True, slots=True)
class Held:
    """Credit that the learner has at the receiving school already, by an agreement's clause.

    `courses` are those it used up; `same_degree` says that its places are of the degree that is judged.
    """

    agreement: str
    clause: str
    slot: str
    credits: Decimal
    courses: tuple[str, ...]
    places: int
    same_degree: bool


#: What the terms of a cap limit: in the degree, and in one place of it.
SAID = {
    "max_recognised_credits": (
        Phrase("at most {number} credits are recognised"),
        Phrase("at most {number} credits are recognised in {slot}"),
    ),
    "max_recognised_courses": (
        Phrase("at most {number} courses are recognised"),
        Phrase("at most {number} courses are recognised in {slot}"),
    ),
    "max_fraction_external": (
        Phrase("at most {number} credits may come from elsewhere"),
        Phrase("at most {number} credits may come from elsewhere in {slot}"),
    ),
    "residency_min_credits": (
        Phrase("at least {number} credits are earned at the school itself"),
        Phrase("at least {number} credits are earned at the school itself in {slot}"),
    ),
}
DOUBLE = {
    "max_double_counted_courses": Phrase("at most {number} courses that count towards another degree count here too"),
    "max_double_counted_credits": Phrase("at most {number} credits that count towards another degree count here too"),
}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A limit with its clause, in words."""

    limit: Limit
    clause: str
    words: Sentence

    def binds(self, counts: Sequence[int], offer: int) -> bool:
        """Whether one more use of the offer would pass it."""
        used = sum((c * w for c, w in zip(counts, self.limit.weights, strict=True)), Decimal(0))
        return used + self.limit.weights[offer] > self.limit.most


@dataclass(frozen=True, slots=True)
class Gate:
    """How many courses that count towards another degree may count here too."""

    most: int
    ceiling: Ceiling


def caps_of(terms: Agreement, gives: Sequence[Gives], held: Sequence[Held] = ()) -> list[Ceiling]:
    """Every limit on credits and courses, less what is held, weighed for each offer by what a use of it gives."""
    total = terms.receiving.credits
    found = []
    for cap in terms.caps:
        clause, slot = cap.clause, cap.slot
        credits = tuple(sum((g.credits for g in one if slot in (None, g.slot)), Decimal(0)) for one in gives)
        courses = tuple(Decimal(sum(g.places for g in one if slot in (None, g.slot))) for one in gives)
        counted = [one for one in held if slot is None or (one.same_degree and one.slot == slot)]
        for _name, most, words in credit_caps(cap, total):
            left = most - sum((one.credits for one in counted), Decimal(0))
            found.append(Ceiling(Limit(max(left, Decimal(0)), credits), clause, words))
        if cap.max_recognised_courses is not None:
            most = Decimal(cap.max_recognised_courses)
            words = _said("max_recognised_courses", cap, most)
            left = most - sum(one.places for one in counted)
            found.append(Ceiling(Limit(max(left, Decimal(0)), courses), clause, words))
    return found


def places_of(terms: Agreement, gives: Sequence[Gives], held: Sequence[Held] = ()) -> list[Ceiling]:
    """The places of the degree, slot by slot, less what is held; a slot that it does not have has none."""
    slots = {row.slot: row.courses for row in terms.receiving.slots}
    if not slots:
        return []
    found = []
    for slot in dict.fromkeys(given.slot for one in gives for given in one):
        taken = sum(one.places for one in held if one.same_degree and one.slot == slot)
        weights = tuple(Decimal(sum(given.places for given in one if given.slot == slot)) for one in gives)
        limit = Limit(Decimal(max(slots.get(slot, 0) - taken, 0)), weights)
        words = Sentence("slot_full", "the degree has no place left in {slot}", slot=slot)
        found.append(Ceiling(limit, "", words))
    return found


def place_worth(terms: Agreement, slot: str) -> Fraction | None:
    """The credits of one place in a slot of the degree, None if it does not say."""
    rows = [row for row in terms.receiving.slots if row.slot == slot]
    stated = rows[0].credits if rows else None
    total, courses = terms.receiving.credits, terms.receiving.courses
    if stated:
        return Fraction(stated)
    return Fraction(total) / Fraction(courses) if total and courses else None


def credit_caps(cap: Cap, total: Decimal | None) -> list[tuple[str, Decimal, Sentence]]:
    """The limits on credits that a cap states, in a degree of so many: by its field, the most, and in words."""
    found = []
    if cap.max_recognised_credits is not None:
        most, name = cap.max_recognised_credits, "max_recognised_credits"
        found.append((name, most, _said(name, cap, most)))
    if cap.max_fraction_external is not None and total is not None:
        most, name = total * cap.max_fraction_external, "max_fraction_external"
        found.append((name, most, _said(name, cap, most)))
    if cap.residency_min_credits is not None and total is not None:
        own, name = cap.residency_min_credits, "residency_min_credits"
        found.append((name, max(total - own, Decimal(0)), _said(name, cap, own)))
    return found


def _said(name: str, cap: Cap, number: Decimal) -> Sentence:
    """What a term of a cap limits, in its place of the degree if it names one."""
    everywhere, within = SAID[name]
    told = format(number, "f")
    return Sentence(name, within, number=told, slot=cap.slot) if cap.slot else Sentence(name, everywhere, number=told)


def clash_of(terms: Agreement, record: Record, held: Sequence[Held] = ()) -> Ceiling | None:
    """The cap that lets nothing be recognised beside what was recognised elsewhere; `any` excludes all other credit."""
    elsewhere = {str(name) for name in record.get("recognised_elsewhere") or ()}
    elsewhere |= {one.agreement for one in held} - {terms.id}
    for cap in terms.caps:
        banned = set(cap.exclusive_with or ())
        clash = elsewhere if "any" in banned else elsewhere & banned
        if clash:
            told = Phrase("not together with credit already recognised under {others}")
            words = Sentence("exclusive", told, others=", ".join(sorted(clash)))
            return Ceiling(Limit(Decimal(0), ()), cap.clause, words)
    return None


def gate_of(
    terms: Agreement, work: Coursework, worth: Decimal, held: Sequence[Held] = ()
) -> tuple[frozenset[str], Gate | None]:
    """The courses that count towards another degree, and how many of them may count here, less those that do.

    A limit in credits is read with the largest credits a place gives (`worth`), so that it is never passed.
    """
    doubled = frozenset(course for course, row in work.rows.items() if row.get("used_for"))
    already = len(doubled & {course for one in held for course in one.courses})
    gates = []
    for cap in terms.caps:
        for name, stated, size in (
            ("max_double_counted_courses", cap.max_double_counted_courses, Decimal(1)),
            ("max_double_counted_credits", cap.max_double_counted_credits, worth),
        ):
            if stated is not None:
                most = Decimal(stated)
                words = Sentence(name, DOUBLE[name], number=format(most, "f"))
                left = max(int(most // size) - already, 0) if size else 1000
                gates.append(Gate(left, Ceiling(Limit(most, ()), cap.clause, words)))
    return doubled, min(gates, key=lambda gate: gate.most, default=None)
