"""The degree plan: every course of the degree, and whether it is waived, done, open or locked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.reasons import Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules import PRESENT, Agreement, Bridge, Incomparable, Reading, comparable
from linkspan.recognition.rules.awards import CREDIT, SUBSTITUTE, WAIVER, AwardState, CreditAward
from linkspan.recognition.rules.degree import Slot, degree_of
from linkspan.recognition.rules.planning import Placed, Todo


class PlaceState(StrEnum):
    """How one course of the degree stands."""

    WAIVED = "waived"
    DONE = "done"
    OPEN = "open"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Place:
    """One course of the degree: its slot, what fills it, why it is locked, and the term for which it is planned."""

    key: str
    slot: str
    title: str
    state: PlaceState
    filled_by: str
    why: str
    term: str = ""
    on_campus: bool = False


@dataclass(frozen=True, slots=True)
class DegreePlan:
    """All courses of the degree in order; `left` counts those neither waived nor recognised."""

    title: str
    institution: str
    credits: Decimal
    places: tuple[Place, ...]
    application_id: UUID | None = None
    catalogue_year: int | None = None

    def count(self, state: PlaceState) -> int:
        """How many courses stand so."""
        return sum(1 for place in self.places if place.state == state)

    @property
    def waived(self) -> int:
        """Courses waived by recognition."""
        return self.count(PlaceState.WAIVED)

    @property
    def open(self) -> int:
        """Courses that are still to be taken, now or later."""
        return self.count(PlaceState.OPEN) + self.count(PlaceState.LOCKED)

    @property
    def left(self) -> int:
        """Courses of the degree that were not waived."""
        return len(self.places) - self.waived


def degree_plan(agreement: Agreement, awards: Iterable[CreditAward], done: Mapping[str, Sequence[str]]) -> DegreePlan:
    """The plan of an agreement's degree after the awards.

    `done` maps a slot to the courses taken at the school that fill it, such as the admission course. A slot that is
    `last` (the capstone) is locked while any other is open. Where a requirement is waived without credit, the place
    stays open for another course.
    """
    receiving, degree = agreement.receiving, degree_of(agreement)
    active = [award for award in awards if award.state == AwardState.ACTIVE]
    places = [place for slot in degree.slots for place in _places(slot, active, done.get(slot.slot, ()))]
    last = {slot.slot for slot in degree.slots if slot.last}
    waiting = any(place.state == PlaceState.OPEN and place.slot not in last for place in places)
    return DegreePlan(
        receiving.name,
        receiving.institution,
        receiving.credits or Decimal(0),
        tuple(_locked(place) if waiting and place.slot in last else place for place in places),
    )


def _places(slot: Slot, active: list[CreditAward], done: Sequence[str]) -> list[Place]:
    here = [award for award in active if award.slot == slot.slot]
    filled = [(PlaceState.WAIVED, a.course, "") for a in here if a.effect == CREDIT for _ in range(a.places)]
    filled += [(PlaceState.DONE, a.course, "") for a in here if a.effect == SUBSTITUTE for _ in range(a.places)]
    filled += [(PlaceState.DONE, course, "") for course in done]
    filled += [
        (PlaceState.OPEN, "", f"{a.course} lifts this requirement: take another course.")
        for a in here
        if a.effect == WAIVER
        for _ in range(a.places)
    ]
    filled += [(PlaceState.OPEN, "", "")] * slot.courses
    return [
        Place(f"{slot.slot}-{number + 1}", slot.slot, _title(slot, number), *filled[number])
        for number in range(slot.courses)
    ]


def _title(slot: Slot, number: int) -> str:
    return f"{slot.title} {number + 1}" if slot.courses > 1 else slot.title


def todo_of(agreement: Agreement, plan: DegreePlan) -> tuple[Todo, ...]:
    """The courses of a plan that are still to be placed in terms."""
    degree = degree_of(agreement)
    open_states = (PlaceState.OPEN, PlaceState.LOCKED)
    return tuple(Todo(p.key, p.title, degree.slot(p.slot)) for p in plan.places if p.state in open_states)


def with_terms(plan: DegreePlan, placed: Mapping[str, Placed]) -> DegreePlan:
    """The plan with the terms for which its open courses are planned."""
    places = [
        replace(place, term=str(placed[place.key].term), on_campus=placed[place.key].on_campus)
        if place.key in placed and place.state in (PlaceState.OPEN, PlaceState.LOCKED)
        else place
        for place in plan.places
    ]
    return replace(plan, places=tuple(places))


def taken_courses(
    agreement: Agreement, record: Record, awards: Iterable[CreditAward] = ()
) -> dict[str, tuple[str, ...]]:
    """By slot, the courses of the school in a record that fill it.

    The admission course fills its slot at the grade that is asked. Every other passed course of the school fills the
    slot whose `required` names it, else the first that has room and names none, is not for admission and not last; a
    course counts once, and a failed one (F) not at all. What the `awards` fill has no room, and a course that one of
    them put in the place of another stands there alone.
    """
    held = [one for one in awards if one.state == AwardState.ACTIVE and one.effect != WAIVER]
    moved = {c for one in held if one.effect == SUBSTITUTE for c in one.courses}
    filled: Counter[str] = Counter()
    for one in held:
        filled[one.slot] += one.places
    if moved:
        school = agreement.receiving.institution
        left = [c for c in record.get("courses") or [] if c.get("institution") != school or c["id"] not in moved]
        record = {**record, "courses": left}
    school, rows = agreement.receiving.institution, agreement.receiving.slots
    found = {name: list(courses) for name, courses in bridge_taken(agreement, record).items()}
    degree, kept = degree_of(agreement), slots_kept(agreement)
    for row in record.get("courses") or []:
        used = {course for courses in found.values() for course in courses}
        if row.get("institution") != school or row["id"] in used or (row.get("grade") or {}).get("value") == "F":
            continue
        named = [place.slot for place in rows if row["id"] in place.required]
        room = [place.slot for place in rows if place.slot not in kept and not place.required]
        fits = [n for n in named or room if len(found.get(n, ())) + filled[n] < degree.slot(n).courses]
        if fits:
            found.setdefault(fits[0], []).append(str(row["id"]))
    return {name: tuple(courses) for name, courses in found.items()}


def slots_kept(agreement: Agreement) -> frozenset[str]:
    """The slots that no course fills by chance: that of the admission course, and those that come last."""
    return frozenset({"bridge", *(slot.slot for slot in degree_of(agreement).slots if slot.last)})


def bridge_taken(agreement: Agreement, record: Record) -> dict[str, tuple[str, ...]]:
    """The admission slot with the course that fills it: one of the receiving school at the grade that is asked.

    The course named by the agreement comes first; a grade on another scale fills nothing.
    """
    school, asked = agreement.receiving.institution, agreement.bridge or Bridge()
    if not any(place.slot == "bridge" for place in agreement.receiving.slots):
        return {}
    rows = [row for row in record.get("courses") or [] if row.get("institution") == school]
    named = (asked.course or "").split("/")[-1]
    for row in sorted(rows, key=lambda row: row["id"] != named):
        if asked.min_grade is None or _reaches(row.get("grade"), asked.min_grade.plain):
            return {"bridge": (str(row["id"]),)}
    return {}


def _reaches(grade: Any, needed: Any) -> bool:
    try:
        have, need = comparable(grade, needed, ">=", Reading(PRESENT))
    except Incomparable:
        return False
    return bool(have >= need)


def _locked(place: Place) -> Place:
    return replace(
        place, state=PlaceState.LOCKED, why=Sentence("taken_last", "Taken last and alone, when all else is done.")
    )
