"""The limits of an agreement: credits and courses at most, residency, double counting, what excludes what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.assignment import Limit
from linkspan.pathways.rules.coursework import Coursework
from linkspan.pathways.rules.values import number

#: What one use of a rule gives: slot, credits, receiving course.
Gives = Sequence[tuple[str, Decimal, str]]


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit with its clause, in words."""

    limit: Limit
    clause: str
    words: str

    def binds(self, counts: Sequence[int], offer: int) -> bool:
        """Whether one more use of the offer would pass it."""
        used = sum((c * w for c, w in zip(counts, self.limit.weights, strict=True)), Decimal(0))
        return used + self.limit.weights[offer] > self.limit.most


@dataclass(frozen=True, slots=True)
class Gate:
    """How many courses that count towards another degree may count here too."""

    most: int
    cap: Cap


def total_credits(terms: Mapping[str, Any]) -> Decimal | None:
    """The credits of the receiving degree, None if they are not stated."""
    return number((terms.get("receiving") or {}).get("credits"))


def caps_of(terms: Mapping[str, Any], gives: Sequence[Gives]) -> list[Cap]:
    """Every limit on credits and courses, weighed for each offer by what a use of it gives."""
    total = total_credits(terms)
    found = []
    for cap in terms.get("caps") or ():
        clause, slot = str(cap.get("clause")), cap.get("slot")
        credits = tuple(sum((c for s, c, _ in one if slot in (None, s)), Decimal(0)) for one in gives)
        courses = tuple(Decimal(sum(1 for s, _, _ in one if slot in (None, s))) for one in gives)
        where = f" in {slot}" if slot else ""
        for most, words in _credit_caps(cap, total):
            found.append(Cap(Limit(most, credits), clause, f"{words}{where}"))
        if "max_recognised_courses" in cap:
            most = Decimal(cap["max_recognised_courses"])
            found.append(Cap(Limit(most, courses), clause, f"at most {most} courses are recognised{where}"))
    return found


def _credit_caps(cap: Mapping[str, Any], total: Decimal | None) -> list[tuple[Decimal, str]]:
    found = []
    if "max_recognised_credits" in cap:
        most = Decimal(str(cap["max_recognised_credits"]))
        found.append((most, f"at most {most} credits are recognised"))
    if "max_fraction_external" in cap and total is not None:
        most = total * Decimal(str(cap["max_fraction_external"]))
        found.append((most, f"at most {most:f} credits may come from elsewhere"))
    if "residency_min_credits" in cap and total is not None:
        own = Decimal(str(cap["residency_min_credits"]))
        found.append((max(total - own, Decimal(0)), f"at least {own} credits are earned at the school itself"))
    return found


def clash_of(terms: Mapping[str, Any], record: Mapping[str, Any]) -> Cap | None:
    """The cap that lets nothing be recognised beside what was recognised elsewhere; `any` excludes all other credit."""
    elsewhere = {str(name) for name in record.get("recognised_elsewhere") or ()}
    for cap in terms.get("caps") or ():
        banned = set(cap.get("exclusive_with") or ())
        clash = elsewhere if "any" in banned else elsewhere & banned
        if clash:
            words = f"not together with credit already recognised under {', '.join(sorted(clash))}"
            return Cap(Limit(Decimal(0), ()), str(cap.get("clause")), words)
    return None


def gate_of(terms: Mapping[str, Any], work: Coursework, worth: Decimal) -> tuple[frozenset[str], Gate | None]:
    """The courses that count towards another degree, and how many of them may count here.

    A limit in credits is read with the largest credits a place gives (`worth`), so that it is never passed.
    """
    doubled = frozenset(course for course, row in work.rows.items() if row.get("used_for"))
    gates = []
    for cap in terms.get("caps") or ():
        clause = str(cap.get("clause"))
        for name, unit, size in (
            ("max_double_counted_courses", "courses", Decimal(1)),
            ("max_double_counted_credits", "credits", worth),
        ):
            if name in cap:
                most = Decimal(str(cap[name]))
                words = f"at most {most} {unit} that count towards another degree count here too"
                gates.append(Gate(int(most // size) if size else 1000, Cap(Limit(most, ()), clause, words)))
    return doubled, min(gates, key=lambda gate: gate.most, default=None)
