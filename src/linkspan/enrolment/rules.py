"""Enrolments and tracks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from linkspan.catalog.rules import CourseRun
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address
from linkspan.kernel.errors import Refused

#: Courses for which one learner waits.
MOST_WISHES = 100


class Track(StrEnum):
    """How a learner takes a course: audit is free and gives no grade of record; verified is paid and does."""

    AUDIT = "audit"
    VERIFIED = "verified"


class EnrolmentState(StrEnum):
    """Where an enrolment stands; a verified one awaits its payment first."""

    ACTIVE = "active"
    AWAITING_PAYMENT = "awaiting_payment"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A learner in a course run. `track` is what counts now; `charge_id` is the price of the verified track."""

    id: UUID
    learner_id: UUID
    run_id: str
    track: Track
    state: EnrolmentState
    charge_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row of a roster: the header is row 1; `name` is used where the address has no account yet."""

    number: int
    email: Address
    name: str
    track: Track


class RosterOutcome(StrEnum):
    """What becomes of a row of a roster."""

    ENROLLED = "enrolled"
    UPGRADED = "upgraded"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RosterLine:
    """What became of a row, or would: `cells` are its e-mail, name and track as they were sent."""

    row: int
    cells: tuple[str, str, str]
    outcome: RosterOutcome
    reason: str = ""


def counted(lines: Iterable[RosterLine]) -> dict[str, int]:
    """How many rows have each outcome."""
    found = Counter(line.outcome for line in lines)
    return {outcome.value: found[outcome] for outcome in RosterOutcome}


def check_window(run: CourseRun, now: datetime) -> None:
    """Refused outside the enrolment window."""
    if now < run.enrolment_opens:
        raise Refused("enrolment_not_open", "Enrolment opens on {when}.", when=in_zone(run, run.enrolment_opens))
    if now >= run.enrolment_closes:
        raise Refused(
            "enrolment_closed", "Enrolment closed on {when}. See later runs.", when=in_zone(run, run.enrolment_closes)
        )


def check_upgrade(run: CourseRun, now: datetime) -> None:
    """Refused after the upgrade deadline."""
    if now >= run.upgrade_by:
        raise Refused(
            "upgrade_closed", "The verified track could be chosen until {when}.", when=in_zone(run, run.upgrade_by)
        )


def check_wish(runs: Iterable[CourseRun], now: datetime, *, enrolled: bool) -> None:
    """Refused where there is nothing to wait for: a run takes enrolments, or they are in one."""
    if enrolled:
        raise Refused("enrolled_already", "You are enrolled in this course.")
    if any(run.takes_enrolments(now) for run in runs):
        raise Refused("enrolment_is_open", "Enrolment is open now. Enrol instead.")


def in_zone(run: CourseRun, instant: datetime) -> str:
    """An instant as the institution reads it, with its zone."""
    return f"{instant.astimezone(ZoneInfo(run.time_zone)):%Y-%m-%d %H:%M} {run.time_zone}"


def price_day(run: CourseRun, now: datetime) -> date:
    """The day whose price counts: the institution's."""
    return now.astimezone(ZoneInfo(run.time_zone)).date()


def may_enrol(actor: Actor, learner_id: UUID) -> bool:
    """Learners enrol themselves; the system enrols in the demo and by connectors."""
    return actor.is_system or actor.is_person(learner_id)


def may_enrol_others(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution enrol learners in its runs, and see who is enrolled."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))


def may_see_enrolments(actor: Actor, learner_id: UUID) -> bool:
    """The learner, the system and auditors; program staff see who studies at their own institution."""
    return actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor")


def may_list_learners(actor: Actor, institution: str) -> bool:
    """Those who teach at the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "author"))
