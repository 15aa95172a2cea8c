"""An exam with a small bank, a sitting, and a learner who may take it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import COURSES, put_grades

from linkspan.accounts.actions import check_identity, submit_identity
from linkspan.exams import actions, queries
from linkspan.exams.actions import add_sitting, register_for_exam
from linkspan.exams.rules import Draw, IncidentKind, Item, ItemKind, Terms
from linkspan.finance.actions import pay
from linkspan.kernel.actor import Actor
from linkspan.site.sample.load import Cast

BANK = (
    Item("a1", "a", ItemKind.NUMERIC, "Two and two?", (), ("4",), "1%"),
    Item("a2", "a", ItemKind.NUMERIC, "Two times two?", (), ("4",), "1%"),
    Item("b1", "b", ItemKind.CHOICE, "Which one?", ("this", "that"), ("0",)),
)
RIGHT = {"a1": ["4"], "a2": ["4"], "b1": ["0"]}
COURSES_ASKED = tuple(f"MITx/{code}" for code in COURSES)
TERMS = Terms("Comprehensive exam", 60, Decimal(60), 1, COURSES_ASKED, (Draw("a", 1), Draw("b", 1)))
LATER = NOW + timedelta(minutes=10)
OPENS, CLOSES, RELEASE = NOW, NOW + timedelta(hours=8), NOW + timedelta(days=14)


def put_exam(bank=BANK, **terms) -> None:
    """The exam CFx of the supply chain program."""
    actions.draft_exam(
        actor=SYSTEM, code="CFx", program_key="MITx/SCM", terms=replace(TERMS, **terms), bank=bank, now=NOW
    )
    actions.publish_version(actor=SYSTEM, code="CFx", number=1, now=NOW)


def put_sitting(*, opens_at: datetime = OPENS, **fields) -> UUID:
    """A sitting of eight hours whose results come after a fortnight."""
    times = {"closes_at": opens_at + (CLOSES - OPENS), "release_at": opens_at + (RELEASE - OPENS)}
    return add_sitting(actor=SYSTEM, code="CFx", opens_at=opens_at, now=NOW, **(times | fields))


def put_times(sitting_id: UUID, *, first: datetime, times: int = 1, seats: int = 1) -> list[UUID]:
    """Times of a sitting, an hour apart from the first."""
    told = {"first": first, "last": first + timedelta(hours=times - 1), "every_minutes": 60, "seats": seats}
    actions.add_appointments(actor=SYSTEM, sitting_id=sitting_id, now=NOW, **told)
    return [time.id for time in queries.held_times(SYSTEM, sitting_id)]


def shift(sitting_id: UUID, by: timedelta) -> None:
    """Have a sitting of eight hours take place later."""
    times = {"opens_at": OPENS + by, "closes_at": CLOSES + by, "release_at": RELEASE + by}
    actions.change_sitting(actor=SYSTEM, sitting_id=sitting_id, capacity=None, now=NOW, **times)


def confirm_name(learner: Actor, staff: Actor, now: datetime = NOW) -> None:
    """Staff accept the learner's legal name."""
    check_id = submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name=learner.name, document=b"%PDF-1.7 scan", now=now
    )
    check_identity(actor=staff, check_id=check_id, accept=True, reason="", now=now)


def authorise(learner: Actor, cast: Cast, now: datetime = NOW) -> None:
    """Grades, name and fee: all that the exam asks for."""
    put_grades(learner, exam=None, now=now)
    confirm_name(learner, cast["staff"], now)
    charge_id = register_for_exam(actor=learner, code="CFx", now=now)
    pay(actor=SYSTEM, charge_id=charge_id, reference="receipt", now=now)


def second_proctor() -> Actor:
    """Another proctor of the same institution."""
    return person("Second Proctor", ("proctor", "MITx"))


def at_the_door() -> Actor:
    """A proctor who confirms identities, and so reviews none of those attempts."""
    return person("Door Proctor", ("proctor", "MITx"))


def begin(cast, learner, sitting, now=NOW):
    attempt = actions.create_attempt(actor=learner, sitting_id=sitting, now=now)
    actions.confirm_identity(actor=at_the_door(), attempt_id=attempt.id, now=now)
    return actions.start_attempt(actor=learner, attempt_id=attempt.id, now=now)


def answer(learner, attempt, now=LATER, right=True):
    for question in queries.questions(learner, attempt.id, now=now):
        given = RIGHT[question.id] if right else ["9"]
        told = {"item": question.id, "given": given, "replaces": question.version}
        actions.save_response(actor=learner, attempt_id=attempt.id, now=now, **told)


def hand_in(learner, attempt, now=LATER, right=True):
    answer(learner, attempt, now, right)
    return actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=now)


def reject(attempt, first: Actor, reason: str = "Phone", now: datetime = LATER, second: Actor | None = None) -> Actor:
    """Rejected by two people, a week later since the learner says nothing; the second one."""
    second = second or person("Deciding Proctor", ("proctor", "MITx"))
    told = {"attempt_id": attempt.id, "accept": False, "reason": reason}
    actions.review_attempt(actor=first, now=now, ground=IncidentKind.MATERIAL, **told)
    actions.review_attempt(actor=second, now=now + timedelta(days=7), **told)
    return second
