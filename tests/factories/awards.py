"""A verified learner with a frozen grade, and a school that asks for four eyes."""

from datetime import datetime

from tests.factories.people import NOW, SYSTEM, person

from linkspan.credentials import actions
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.finance.actions import pay
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.records.actions import record_fact
from linkspan.records.rules import Kind, NewFact

RUN = "course-v1:MITx+SC0x+1T2018"


def verify_track(learner: Actor, run: str = RUN, now: datetime = NOW) -> None:
    """Enrol on the verified track and pay."""
    made = enrol(actor=learner, learner_id=learner.person_id, run_id=run, track=Track.VERIFIED, now=now)
    pay(actor=SYSTEM, charge_id=made.charge_id, reference="receipt", now=now)
    outbox.drain(now=now)


def freeze(learner: Actor, percent: int, *, run: str = RUN, reason: str = "", now: datetime = NOW) -> None:
    """Put a grade of the run on record, or correct it with a reason, and let what follows happen."""
    data = {
        "institution": "MITx",
        "id": "SC0x",
        "grade": {"scale": "percent", "value": str(percent)},
        "percent": str(percent),
        "passed": percent >= 60,
        "completed": now.date().isoformat(),
        "run": run,
    }
    fact = NewFact(Kind.COURSE_GRADE, run, data)
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "institution": "MITx", "fact": fact}
    record_fact(**told, source="course run", now=now, reason=reason)
    outbox.drain(now=now)


def ask_for_four_eyes(institution: str = "MITx") -> Actor:
    """The school asks for a second person from now on; returns one who may approve."""
    registrar = person(f"Second {institution}", ("registrar", institution))
    actions.set_four_eyes(actor=registrar, institution=institution, four_eyes=True, now=NOW)
    return registrar
