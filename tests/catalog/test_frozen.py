"""What was frozen while the catalogue said one thing stays so when it says another: charge, grade, credential."""

from datetime import timedelta

import pytest
from tests.catalog.test_changes import prepare
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.catalog import actions, queries
from linkspan.catalog.rules import Kind
from linkspan.credentials.actions import issue_program_credential
from linkspan.credentials.queries import credentials_of, judge
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.finance.queries import charges_of
from linkspan.kernel import outbox
from linkspan.kernel.money import Money
from linkspan.records.queries import facts_of

pytestmark = pytest.mark.django_db
RUN, PROGRAM = "course-v1:MITx+SC0x+1T2018", "MITx/SCM"
LATER = NOW + timedelta(days=30)


def change(kind: Kind, key: str, /, **fields: object) -> None:
    """Publish an entry as it is public now, with other fields."""
    told = (queries.published_entry("MITx", kind, key) or {}) | fields
    waiting = prepare(kind, told, institution="MITx")
    actions.publish_change(actor=SYSTEM, change_id=waiting.id, now=LATER)


def rewrite_the_catalogue() -> None:
    """Change everything that stands behind what the learner has: titles, credits, dates, prices, requirements."""
    change(Kind.COURSE, "MITx/SC0x", title="Renamed", credits="9.00", summary="Rewritten")
    run = queries.published_entry("MITx", Kind.RUN, RUN)
    change(Kind.RUN, RUN, starts=run["enrolment_opens"], ends="2030-12-01T00:00:00+00:00")
    change(Kind.PROGRAM, PROGRAM, title="Renamed", kind="certificate", summary="Rewritten")
    for subject in (f"course-run:{RUN}", "course:MITx/SC0x"):
        change(Kind.PRICE, "", subject=subject, minor=99900, currency="EUR", valid_from=str(LATER.date()))
    tree = {"all": [{"course": "MITx/SC0x", "min_percent": 99}, {"exam": "HARDER", "min_percent": 99}]}
    begins = {"catalogue_year": 2099, "valid_from": str(LATER.date())}
    change(Kind.REQUIREMENTS, "", program="SCM", requirements=tree, **begins)


def test_a_charge_a_grade_and_a_credential_outlive_the_catalogue_they_came_from() -> None:
    learner = load_world()["learner"]
    mine = learner.person_id
    put_grades(learner)
    enrol(actor=learner, learner_id=mine, run_id=RUN, track=Track.VERIFIED, now=NOW)
    issued = issue_program_credential(actor=SYSTEM, learner_id=mine, program_key=PROGRAM, now=NOW)
    outbox.drain(now=NOW)

    def frozen() -> dict[str, object]:
        (held,) = credentials_of(learner, mine)
        return {
            "charges": charges_of(learner, mine),
            "facts": facts_of(learner, mine),
            "credential": (dict(held.document), held.state),
        }

    before = frozen()
    assert [charge.amount.minor for charge in before["charges"]] == [15000]
    rewrite_the_catalogue()
    outbox.drain(now=LATER)
    assert queries.course("MITx/SC0x").title == queries.program(PROGRAM, LATER.date()).title == "Renamed"
    assert frozen() == before
    assert judge(dict(issued.document), LATER).verdict == "valid"
    other = person("Later Learner")
    enrol(actor=other, learner_id=other.person_id, run_id=RUN, track=Track.VERIFIED, now=LATER)
    assert [str(charge.amount) for charge in charges_of(other, other.person_id)] == [str(Money(99900, "EUR"))]
