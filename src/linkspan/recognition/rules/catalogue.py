"""The degree in force for a learner's catalogue year.

A school changes its degrees; whoever joined under a catalogue finishes under it. An agreement says what is recognised;
where the registrar has entered the degree of a catalogue, its slots, credits, load and seasons are that catalogue's,
and what the agreement states of them is only what held when it was written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules import Agreement, Amount, ListOf, Place, Receiving, Record, Text, Whole
from linkspan.recognition.rules.degree import SEASONS

#: What a degree is, of a receiving block; the rest of the block is the agreement's.
MEMBERS = ("credits", "courses", "slots", "load", "offered", "on_campus_min", "on_campus_offered")
SEASON = Text(SEASONS)
FIRST_MONTH = 7
EARLIEST, LATEST = 1900, 2200


@dataclass(frozen=True, slots=True)
class CatalogueDegree:
    """A degree from a catalogue year on, until the next that is entered."""

    institution: str
    program: str
    from_year: int
    data: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str
    reason: str


def may_enter_degree(actor: Actor, institution: str) -> bool:
    """The registrar of the institution, and the system that takes in a catalogue."""
    return actor.is_system or actor.has_role("registrar", institution)


def catalogue_year(agreement: Agreement, now: datetime) -> int:
    """The learner's catalogue year: the agreement's, else the one in which they join.

    A catalogue holds from July to June and is named by the year in which it begins.
    """
    return agreement.catalogue_year or (now.year if now.month >= FIRST_MONTH else now.year - 1)


def in_force(degrees: Iterable[CatalogueDegree], year: int | None) -> CatalogueDegree | None:
    """The degree of that catalogue year: the newest that begins with it or before; None if none does."""
    begun = [degree for degree in degrees if year is not None and degree.from_year <= year]
    return max(begun, key=lambda degree: degree.from_year, default=None)


def under(agreement: Agreement, degree: CatalogueDegree | None) -> Agreement:
    """The agreement with the degree in the place of what it states of one itself."""
    if degree is None:
        return agreement
    kept = {name: value for name, value in agreement.receiving.as_json().items() if name not in MEMBERS}
    return replace(agreement, receiving=Receiving.read({**kept, **degree.data}))


def check_degree(from_year: int, data: Mapping[str, Any]) -> None:
    """Unusable, saying where, unless the data are `MEMBERS` as the agreement's format has them, with slots."""
    if not EARLIEST <= from_year <= LATEST:
        raise Unusable(
            "degree_unusable",
            "from_year: a year from {earliest} to {latest} is needed.",
            earliest=EARLIEST,
            latest=LATEST,
        )
    names = [str(row.get("slot")) for row in data.get("slots") or () if isinstance(row, Mapping)]
    by_season = Record({}, dict.fromkeys(SEASONS, Amount()))
    by_slot = Record({}, {name: ListOf(SEASON, 1) for name in names})
    shape = Record(
        {"slots": ListOf(Place.shape(), 1)},
        {
            "credits": Amount(),
            "courses": Whole(0, 200),
            "load": by_season,
            "offered": by_slot,
            "on_campus_min": Whole(0, 200),
            "on_campus_offered": ListOf(SEASON, 1),
        },
    )
    shape.check(data, "degree")
    if len(set(names)) < len(names):
        raise Unusable("degree_unusable", "degree.slots: a slot stands twice.")
    _check_order({str(row["slot"]): str(row.get("after") or "") for row in data["slots"]})


def _check_order(after: Mapping[str, str]) -> None:
    """Unusable if a slot comes after one that is not there, or, by others, after itself."""
    for slot in after:
        passed, before = {slot}, after[slot]
        while before:
            if before not in after:
                raise Unusable(
                    "degree_unusable",
                    "degree.slots: {slot} comes after {before}, which is no slot.",
                    slot=slot,
                    before=before,
                )
            if before in passed:
                raise Unusable("degree_unusable", "degree.slots: {slot} comes after itself.", slot=slot)
            passed, before = passed | {before}, after[before]
