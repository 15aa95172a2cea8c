"""Who hears of a decision and of an appeal against it, and nobody else."""

import pytest
from tests.admissions.test_terms import applied, decide, put_agreement
from tests.factories.news import News, still_open
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.admissions import actions

pytestmark = pytest.mark.django_db


def test_an_appeal_is_told_to_admissions_and_its_answer_to_the_applicant() -> None:
    cast = load_world()
    put_agreement()
    for role in ("proctor", "program_staff", "registrar"):
        person(f"{role} there", (role, "HES"))
    learner, application_id = applied(cast)
    news = News()
    news(NOW)
    decide(cast, application_id, admit=False, reason="No.")
    assert news(NOW) == [(learner.name, "application_refused")]
    second = person("Second Reader", ("admissions", "HES"))
    found = actions.file_appeal(actor=learner, application_id=application_id, text="It came late.", now=NOW)
    told = sorted([(cast["hes-admissions"].name, "admission_appeal_waits"), (second.name, "admission_appeal_waits")])
    assert news(NOW) == told
    assert still_open("admission_appeal_waits", NOW) == {second.name, cast["hes-admissions"].name}
    actions.decide_appeal(actor=second, appeal_id=found.id, uphold=True, reason="It did.", now=NOW)
    assert still_open("admission_appeal_waits", NOW) == set()
    answered = [(learner.name, "admission_appeal_upheld"), (learner.name, "application_offered")]
    assert news(NOW) == sorted(answered)
    assert news(NOW) == []
