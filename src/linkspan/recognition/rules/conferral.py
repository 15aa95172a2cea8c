"""Degrees conferred: what a degree still asks for, what may hold it back, and how a conferral stands."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules import Agreement
from linkspan.recognition.rules.awards import CREDIT, AwardState, CreditAward
from linkspan.recognition.rules.degree import degree_of
from linkspan.recognition.rules.plan import DegreePlan, PlaceState

#: As many as one list holds, and as far ahead as its day can lie.
MOST_LISTED = 500
FARTHEST = timedelta(days=370)
#: What a course may lack by rounding, where the credits of a degree are divided by its courses.
ROUNDING = Decimal("0.01")


class DegreeKind(StrEnum):
    """What is conferred, as Open Badges 3.0 (appendix A.2.1) calls it."""

    ASSOCIATE = "AssociateDegree"
    BACHELOR = "BachelorDegree"
    MASTER = "MasterDegree"
    DOCTORAL = "DoctoralDegree"
    CERTIFICATE = "Certificate"
    DIPLOMA = "Diploma"


class HoldKind(StrEnum):
    """What may hold a conferral back; each school says which do."""

    UNPAID = "unpaid_charges"
    CASE = "open_case"
    EXCEPTION = "open_exception"
    NAME = "name_not_checked"


#: What holds back where a school has said nothing.
USUAL_HOLDS = frozenset({HoldKind.UNPAID, HoldKind.CASE, HoldKind.EXCEPTION})


class ListState(StrEnum):
    """A list waits for a second person, is approved for its day, is done, or was refused or called off."""

    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"
    CALLED_OFF = "called_off"


class ConferralState(StrEnum):
    """How the conferral of one degree on one person stands; only what is conferred is ever revoked."""

    WAITING = "waiting"
    APPROVED = "approved"
    CONFERRED = "conferred"
    LEFT_OUT = "left_out"
    REVOKED = "revoked"


#: A learner stands on one list at a time, and holds a degree once.
STANDING = (ConferralState.WAITING, ConferralState.APPROVED, ConferralState.CONFERRED)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a degree, how many courses fill it and how many it asks for."""

    slot: str
    title: str
    filled: int
    courses: int

    @property
    def met(self) -> bool:
        """Whether every course of it is done or waived."""
        return self.filled >= self.courses


@dataclass(frozen=True, slots=True)
class DegreeAudit:
    """What a degree asks for and what of it is there; `missing` says each thing that is open."""

    requirements: tuple[Requirement, ...]
    missing: tuple[str, ...]
    credits: Decimal
    needed: Decimal

    @property
    def complete(self) -> bool:
        """Whether nothing is open."""
        return not self.missing


def may_confer(actor: Actor, institution: str) -> bool:
    """The registrars of the school that gives the degree."""
    return institution in actor.institutions_as("registrar")


def may_see_conferral(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, the school's registrars, auditors and the system."""
    known = actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor")
    return known or may_confer(actor, institution)


def degree_audit(agreement: Agreement, plan: DegreePlan, record: Record, awards: Iterable[CreditAward]) -> DegreeAudit:
    """What of a degree is there: a course for each place, its credits, and the courses on campus."""
    requirements = tuple(_requirement(slot, plan) for slot in dict.fromkeys(place.slot for place in plan.places))
    missing: list[str] = [
        Sentence(
            "requirement_open",
            "{title}: {filled} of {courses} courses",
            title=one.title,
            filled=one.filled,
            courses=one.courses,
        )
        for one in requirements
        if not one.met
    ]
    credits, needed = _credits(agreement, plan, record, awards), plan.credits
    if not missing and needed - credits > ROUNDING * len(plan.places):
        words = "credits: {have} of {needed}"
        missing.append(
            Sentence("credits_open", words, have=f"{credits.normalize():f}", needed=f"{needed.normalize():f}")
        )
    school, least = agreement.receiving.institution, degree_of(agreement).on_campus_min
    rows = record.get("courses") or ()
    campus = sum(1 for row in rows if row.get("institution") == school and row.get("on_campus") is True)
    if campus < least:
        missing.append(
            Sentence("campus_open", "courses on campus: {have} of {needed}", have=campus, needed=least),
        )
    return DegreeAudit(requirements, tuple(missing), credits, needed)


def _requirement(slot: str, plan: DegreePlan) -> Requirement:
    places = [place for place in plan.places if place.slot == slot]
    filled = sum(1 for place in places if place.state in (PlaceState.WAIVED, PlaceState.DONE))
    title = places[0].title.rsplit(" ", 1)[0] if len(places) > 1 else places[0].title
    return Requirement(slot, title, filled, len(places))


def _credits(agreement: Agreement, plan: DegreePlan, record: Record, awards: Iterable[CreditAward]) -> Decimal:
    """The credits that count: those awarded, and of each course that was taken here what the degree gives for it."""
    active = [one for one in awards if one.state == AwardState.ACTIVE and one.effect == CREDIT]
    degree = degree_of(agreement)
    taken = sum((degree.slot(p.slot).credits for p in plan.places if p.state == PlaceState.DONE), Decimal(0))
    return taken + sum((one.credits for one in active), Decimal(0))


def check_day(day: date, now: datetime, zone: str) -> None:
    """Unusable for a day that has passed at the school, or lies too far ahead."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if not today <= day <= today + FARTHEST:
        raise Unusable("day_out_of_range", "Day of conferral: today or a day within a year.")


def check_not_passed(day: date, now: datetime, zone: str) -> None:
    """Refused if the day of a list has passed at the school while nobody decided on it."""
    if day < now.astimezone(ZoneInfo(zone)).date():
        raise Refused("day_passed", "The day of this list has passed. Refuse it, and prepare one for another day.")


def has_come(day: date, now: datetime, zone: str) -> bool:
    """Whether a day of conferral has begun at the school."""
    return now.astimezone(ZoneInfo(zone)).date() >= day


def check_number(ids: Sequence[UUID]) -> None:
    """Unusable for nobody, and for more than a list holds."""
    if not ids:
        raise Unusable("nobody_chosen", "Choose at least one person.")
    if len(ids) > MOST_LISTED:
        raise Unusable("list_too_long", "A list holds at most {most} people.", most=MOST_LISTED)


def kind_of(text: str) -> DegreeKind:
    """The kind of a degree; Unusable for what is none."""
    try:
        return DegreeKind(text)
    except ValueError:
        raise Unusable("kind_unusable", "Choose what is conferred: a master's degree, a certificate.") from None


def holds_of(names: Iterable[str]) -> frozenset[HoldKind]:
    """What holds back, by name; Unusable for what holds nothing."""
    try:
        return frozenset(HoldKind(one) for one in names)
    except (ValueError, TypeError):
        raise Unusable("hold_unusable", "Choose what holds a degree back from the list.") from None


def check_second(actor: Actor, prepared_by: UUID, learners: Collection[UUID] = ()) -> None:
    """Refused for who prepared it, and for who would decide on their own degree."""
    if actor.person_id == prepared_by:
        raise Refused("prepared_conferral", "Who prepares this does not decide on it. Ask a colleague.")
    if actor.person_id in learners:
        raise Refused("own_degree", "Nobody decides on their own degree. Ask a colleague.")


def degree_key(institution: str, program: str) -> str:
    """What the credential of a degree is issued for."""
    return f"{institution}/{program}"[:255]
