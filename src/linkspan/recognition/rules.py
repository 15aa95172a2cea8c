"""Credit awards and degree plans."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.pathways.rules.values import Incomparable, comparable


class AwardState(StrEnum):
    """An award is posted, or reversed; never deleted."""

    ACTIVE = "active"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class CreditAward:
    """Credit for one course under one agreement version, in a slot of the receiving degree."""

    id: UUID
    learner_id: UUID
    agreement_id: str
    version: int
    slot: str
    course: str
    credits: Decimal
    state: AwardState


class PlaceState(StrEnum):
    """How one course of the degree stands."""

    WAIVED = "waived"
    DONE = "done"
    OPEN = "open"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Place:
    """One course of the degree: its slot, what fills it, and why it is locked."""

    slot: str
    title: str
    state: PlaceState
    filled_by: str
    why: str


@dataclass(frozen=True, slots=True)
class DegreePlan:
    """All courses of the degree in order; `left` counts those neither waived nor recognised."""

    title: str
    institution: str
    credits: Decimal
    places: tuple[Place, ...]

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


def degree_plan(receiving: Mapping[str, Any], awards: Iterable[CreditAward], done: Mapping[str, str]) -> DegreePlan:
    """The plan of a degree (`receiving` block of the agreement) after the awards.

    `done` maps a slot to the course that fills it, such as the admission course. A slot that is `last` and `alone`
    (the capstone) is locked while any other is open.
    """
    active = [award for award in awards if award.state == AwardState.ACTIVE]
    places: list[Place] = []
    for slot in receiving.get("slots") or []:
        filling = [award.course for award in active if award.slot == slot["slot"]]
        for number in range(int(slot["courses"])):
            title = f"{slot['title']} {number + 1}" if int(slot["courses"]) > 1 else slot["title"]
            if number < len(filling):
                places.append(Place(slot["slot"], title, PlaceState.WAIVED, filling[number], ""))
            elif number == 0 and slot["slot"] in done:
                places.append(Place(slot["slot"], title, PlaceState.DONE, done[slot["slot"]], ""))
            else:
                places.append(Place(slot["slot"], title, PlaceState.OPEN, "", ""))
    last = {slot["slot"] for slot in receiving.get("slots") or [] if slot.get("last")}
    waiting = any(place.state == PlaceState.OPEN and place.slot not in last for place in places)
    return DegreePlan(
        str(receiving.get("title") or receiving["program"]),
        str(receiving["institution"]),
        Decimal(str(receiving.get("credits") or 0)),
        tuple(_locked(place) if waiting and place.slot in last else place for place in places),
    )


def relied_on(record: Mapping[str, Any], sending: Mapping[str, Any]) -> tuple[str, ...]:
    """The active credentials of the agreement's sending program in a record: what an award rests on."""
    return tuple(
        str(row["id"])
        for row in record.get("credentials") or []
        if (row.get("issuer"), row.get("program")) == (sending["institution"], sending["program"])
        and row.get("status") == "active"
    )


def no_longer_active(ids: Iterable[str], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of those credentials the record now shows as anything but active."""
    standing = {str(row["id"]): row.get("status") for row in record.get("credentials") or []}
    return tuple(name for name in ids if standing.get(name, "active") != "active")


def bridge_taken(document: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, str]:
    """The admission slot with the course that fills it: one of the receiving school at the grade that is asked.

    The course named by the agreement comes first; a grade on another scale fills nothing.
    """
    school, asked = document["receiving"]["institution"], document.get("bridge") or {}
    rows = [row for row in record.get("courses") or [] if row.get("institution") == school]
    named = str(asked.get("course", "")).split("/")[-1]
    for row in sorted(rows, key=lambda row: row["id"] != named):
        if "min_grade" not in asked or _reaches(row.get("grade"), asked["min_grade"]):
            return {"bridge": str(row["id"])}
    return {}


def _reaches(grade: Any, needed: Any) -> bool:
    try:
        have, need = comparable(grade, needed)
    except Incomparable:
        return False
    return bool(have >= need)


def _locked(place: Place) -> Place:
    return Place(place.slot, place.title, PlaceState.LOCKED, "", "Taken last and alone, when all else is done.")


def may_see_awards(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, registrars and admissions staff of the institution, auditors and the system."""
    staff = actor.has_role("registrar", institution) or actor.has_role("admissions", institution)
    return actor.is_system or actor.is_person(learner_id) or staff or actor.has_role("auditor")


def may_close_case(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The registrar of the institution that gave the credit, never in their own case."""
    return actor.has_role("registrar", institution) and not actor.is_person(learner_id)
