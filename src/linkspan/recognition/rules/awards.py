"""Credit awards: what they are, what they rest on, who may do what."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.record import CourseTaken, Record
from linkspan.pathways.rules import Sending, sending_credentials

#: What an award gives: credit in a slot, or only the lifting of a requirement, in whose place another course is taken,
#: or the place of a requirement to another course of the school.
CREDIT, WAIVER, SUBSTITUTE = "credit", "waiver", "substitute"


class AwardState(StrEnum):
    """An award is posted, or reversed; never deleted."""

    ACTIVE = "active"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class CreditAward:
    """Credit in a slot of the receiving degree, under one agreement version.

    `courses` are those it used up, `places` how many it fills.

    With `effect` waiver the requirement is lifted and no credit given; tuition is forgone for credit only.
    """

    id: UUID
    learner_id: UUID
    agreement_id: str
    version: int
    slot: str
    course: str
    credits: Decimal
    state: AwardState
    effect: str = CREDIT
    clause: str = ""
    institution: str = ""
    courses: tuple[str, ...] = ()
    places: int = 1
    earned: tuple["Earned", ...] = ()


def relied_on(record: Record, sending: Sending) -> tuple[str, ...]:
    """The active credentials of the agreement's sending program in a record: what an award rests on."""
    return tuple(str(row["id"]) for row in sending_credentials(sending, record))


def no_longer_active(ids: Iterable[str], record: Record) -> tuple[str, ...]:
    """Which of those credentials the record now shows as anything but active, or replaced by one that is active."""
    rows = {str(row["id"]): row for row in record.get("credentials") or []}
    active = {(row.get("issuer"), row.get("program")) for row in rows.values() if row.get("status") == "active"}

    def stands(name: str) -> bool:
        row = rows.get(name, {})
        replaced = row.get("status") == "superseded" and (row.get("issuer"), row.get("program")) in active
        return replaced or row.get("status", "active") == "active"

    return tuple(name for name in ids if not stands(name))


@dataclass(frozen=True, slots=True)
class Earned:
    """A course as it was passed: its title, the original grade with its scale, and its credits with their unit.

    What is not stated is empty.
    """

    course: str
    title: str
    grade: str
    scale: str
    credits: str
    unit: str = ""


def is_of(row: CourseTaken, courses: Iterable[str]) -> bool:
    """Whether a course of a record is one of those: by its name alone, or with its institution's."""
    return bool({str(row.get("id")), f"{row.get('institution')}/{row.get('id')}"} & set(courses))


def earned_in(row: CourseTaken) -> Earned:
    """A course of a record as it was passed."""
    grade, stated = row.get("grade") or {}, row.get("credits")
    value, scale = str(grade.get("value", "")), str(grade.get("scale", ""))
    title = str(row.get("title") or "")
    unit = str(row.get("unit") or "")
    return Earned(str(row.get("id")), title, value, scale, "" if stated is None else str(stated), unit)


def originals(record: Record, courses: Iterable[str]) -> tuple[Earned, ...]:
    """Those courses as they were passed, by the record of an audit: on record, else in an active credential."""
    found: dict[tuple[str, str], CourseTaken] = {}
    named = set(courses)
    for row in record.get("courses") or ():
        key = (str(row.get("institution")), str(row.get("id")))
        if is_of(row, named) and (key not in found or better(found[key], row)):
            found[key] = row
    for credential in record.get("credentials") or ():
        for row in credential.get("courses") or ():
            key = (str(credential.get("issuer")), str(row.get("id")))
            if key not in found and is_of({**row, "institution": key[0]}, named):
                found[key] = row
    return tuple(earned_in(row) for row in found.values())


def better(held: CourseTaken, row: CourseTaken) -> bool:
    """Whether an attempt of a course stands before another one: passed, with the better grade of one scale, later."""
    return _rank(row) > _rank(held)


def _rank(row: CourseTaken) -> tuple[bool, bool, Decimal, str]:
    grade = row.get("grade") or {}
    value = str(grade.get("value", ""))
    number = Decimal(value) if value.replace(".", "", 1).isdecimal() else Decimal(0)
    passed = row.get("passed") is not False and value != "F"
    return passed, bool(value), number, str(row.get("completed") or "")


def may_see_awards(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, registrars and admissions staff of the institution, auditors and the system."""
    staff = actor.has_role("registrar", institution) or actor.has_role("admissions", institution)
    return actor.is_system or actor.is_person(learner_id) or staff or actor.has_role("auditor")


def may_close_case(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The registrar of the institution that gave the credit, never in their own case."""
    return actor.has_role("registrar", institution) and not actor.is_person(learner_id)
