"""What of an audit may be posted: the limits judged again on the day, against what the learner holds already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from linkspan.recognition.rules.awards import CREDIT, AwardState, CreditAward


@dataclass(frozen=True, slots=True)
class Row:
    """A recognised course of the audit: its slot, credits, clause, and whether it gives credit or lifts only."""

    slot: str
    course: str
    credits: Decimal
    clause: str
    effect: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A recognised course that is not posted, and why."""

    course: str
    slot: str
    reason: str


def rows_of(result: Mapping[str, Any]) -> tuple[Row, ...]:
    """The recognised courses of an audit's result."""
    return tuple(
        Row(
            str(row["slot"]),
            str(row["course"]),
            Decimal(str(row["credits"])),
            str(row.get("clause", "")),
            str(row.get("effect", CREDIT)),
        )
        for row in result.get("recognised") or ()
    )


def to_post(
    rows: Iterable[Row], document: Mapping[str, Any], held: Iterable[CreditAward]
) -> tuple[tuple[Row, ...], tuple[Withheld, ...]]:
    """Which rows are posted, in the audit's order, and which are withheld.

    `document` is the agreement under the degree in force for the learner (`catalogue.under`), `held` are their awards
    at the receiving institution, under any agreement. A course gives credit there once; a slot takes as many as the
    degree has; the caps of the agreement count what is awarded already.
    """
    active = [award for award in held if award.state == AwardState.ACTIVE]
    excluded = _excluded(document, active)
    posted: list[Row] = []
    withheld = []
    for row in rows:
        reason = excluded or _refusal(row, document, active, posted)
        if reason:
            withheld.append(Withheld(row.course, row.slot, reason))
        else:
            posted.append(row)
    return tuple(posted), tuple(withheld)


def _excluded(document: Mapping[str, Any], active: Sequence[CreditAward]) -> str:
    """Exclusivity: credit under this agreement stands with no other credit that a cap names, or the other way."""
    others = sorted({award.agreement_id for award in active} - {document["id"]})
    for cap in document.get("caps") or ():
        names = cap.get("exclusive_with") or ()
        clash = [other for other in others if other in names or ANY_OTHER in names]
        if clash:
            return f"clause {cap.get('clause')}: not together with the credit under {clash[0]}"
    return ""


#: In `exclusive_with`: no other credit at all.
ANY_OTHER = "any"


def _refusal(row: Row, document: Mapping[str, Any], active: Sequence[CreditAward], posted: Sequence[Row]) -> str:
    if row.course in {award.course for award in active} | {other.course for other in posted}:
        return "this course is recognised here already"
    here = [award for award in active if award.agreement_id == document["id"]]
    slots = {slot["slot"]: int(slot["courses"]) for slot in document["receiving"].get("slots") or ()}
    taken = sum(1 for award in here if award.slot == row.slot) + sum(1 for other in posted if other.slot == row.slot)
    if slots and taken >= slots.get(row.slot, 0):
        return f"the degree has no place left in {row.slot}"
    if row.effect != CREDIT:
        return ""
    return _over_cap(row, document, active, posted)


def _over_cap(row: Row, document: Mapping[str, Any], active: Sequence[CreditAward], posted: Sequence[Row]) -> str:
    total = document["receiving"].get("credits")
    given = [(award.slot, award.credits) for award in active if award.effect == CREDIT]
    given += [(other.slot, other.credits) for other in posted if other.effect == CREDIT]
    for cap in document.get("caps") or ():
        slot = cap.get("slot")
        counted = [credits for name, credits in given if slot in (None, name)]
        if slot not in (None, row.slot):
            continue
        for most, words in _limits(cap, total):
            if sum(counted, row.credits) > most:
                return f"clause {cap.get('clause')}: {words}"
        courses = cap.get("max_recognised_courses")
        if courses is not None and len(counted) + 1 > int(courses):
            return f"clause {cap.get('clause')}: at most {courses} courses are recognised"
    return ""


def _limits(cap: Mapping[str, Any], total: Any) -> list[tuple[Decimal, str]]:
    found = []
    if "max_recognised_credits" in cap:
        most = Decimal(str(cap["max_recognised_credits"]))
        found.append((most, f"at most {most} credits are recognised"))
    if total is not None and "max_fraction_external" in cap:
        share = Decimal(str(cap["max_fraction_external"]))
        found.append((share * Decimal(str(total)), f"at most {share:%} of the degree comes from outside"))
    if total is not None and "residency_min_credits" in cap:
        least = Decimal(str(cap["residency_min_credits"]))
        found.append((Decimal(str(total)) - least, f"{least} credits are earned at the school"))
    return found
