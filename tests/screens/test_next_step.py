"""The learner's next step at each stage of the story."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.factories.people import NOW, person

from linkspan.admissions.rules.applications import State
from linkspan.credentials.rules import Completion, Part
from linkspan.exams.rules import AttemptState
from linkspan.kernel.ids import new_id
from linkspan.screens.next_step import Do, Stop, Studies, next_step
from linkspan.web import step_words
from linkspan.web.addresses import address


def application(state: State, title: str = "Master of Engineering"):
    return SimpleNamespace(id=new_id(), state=state, round=SimpleNamespace(title=title), answer_by=NOW)


def attempt(state: AttemptState):
    sitting = SimpleNamespace(exam=SimpleNamespace(title="Final exam"))
    return SimpleNamespace(id=new_id(), state=state, sitting=sitting, deadline=None)


def progress(*met: bool) -> Completion:
    courses = tuple(Part(f"MITx/{number}", "course", one) for number, one in enumerate(met))
    return Completion(False, Part("", "all", False, parts=(*courses, Part("CFX", "exam", False))))


IN_COURSE = Studies(
    enrolments=[SimpleNamespace(run_id="course-v1:MITx+SC0x+1T2018")], completions=[progress(True, False)]
)
EXAM = replace(IN_COURSE, completions=[progress(True, True)])
HOLDS = replace(EXAM, holds_credential=True)
STAGES = [
    (Studies(), "/programs/", "courses"),
    (IN_COURSE, "/courses/course-v1:MITx+SC0x+1T2018/", "courses"),
    (
        replace(IN_COURSE, finished=frozenset({"course-v1:MITx+SC0x+1T2018"})),
        "/courses/course-v1:MITx+SC0x+1T2018/",
        "courses",
    ),
    (replace(HOLDS, applications=[application(State.JOINED)]), "/degree/", "degree"),
    (EXAM, "/exams/", "exam"),
    (replace(EXAM, attempts=[attempt(AttemptState.STARTED)]), "/exams/attempts/", "exam"),
    (replace(EXAM, attempts=[attempt(AttemptState.SUBMITTED)]), "/exams/", "exam"),
    (HOLDS, "/pathways/mine/", "bridge"),
    (replace(HOLDS, applications=[application(State.REFUSED)]), "/pathways/mine/", "bridge"),
    *(
        (replace(HOLDS, applications=[application(state)]), "/applications/", "bridge")
        for state in (State.SUBMITTED, State.NO_SEAT, State.OFFERED, State.ACCEPTED, State.PROVISIONAL)
    ),
    (replace(HOLDS, applications=[application(State.JOINED)], has_plan=True), "/degree/", "degree"),
]


def test_who_has_earned_all_waits_and_who_joined_is_offered_nothing_to_apply_for() -> None:
    done = replace(IN_COURSE, finished=frozenset({"course-v1:MITx+SC0x+1T2018"}), grades_by=NOW)
    assert (next_step(done).do, next_step(done).by) == (Do.AWAIT_GRADES, NOW)
    other = replace(done, enrolments=[*done.enrolments, SimpleNamespace(run_id="course-v1:MITx+SC1x+1T2018")])
    assert next_step(other).do == Do.STUDY and "SC1x" in address(next_step(other).about)
    joined = replace(HOLDS, applications=[application(State.JOINED), application(State.WITHDRAWN)])
    assert next_step(joined).do == Do.AWAIT_CREDIT


@pytest.mark.parametrize(("studies", "link", "stop"), STAGES)
def test_each_stage_has_one_step(studies, link, stop) -> None:
    step = next_step(studies)
    assert address(step.about).startswith(link) and step.stop == stop
    assert step_words.why(step) and step_words.label(step)
    path = step_words.path(step)
    at = list(Stop).index(step.stop)
    assert list(path.values()) == ["done"] * at + ["here"] + [""] * (len(Stop) - at - 1)


def test_every_step_has_words() -> None:
    assert set(step_words.WORDS) == set(Do)


def test_what_is_most_pressing_goes_first() -> None:
    charge = SimpleNamespace(id=new_id(), reported="")
    offer, sent = application(State.OFFERED), application(State.SUBMITTED)
    everything = replace(
        HOLDS, charges=[charge], applications=[sent, offer], attempts=[attempt(AttemptState.STARTED)], has_plan=True
    )
    assert "/exams/attempts/" in address(next_step(everything).about)
    answered = next_step(replace(everything, attempts=[]))
    assert address(answered.about) == f"/applications/{offer.id}/" and answered.by == NOW
    owed = next_step(replace(everything, attempts=[], applications=[sent]))
    assert address(owed.about) == f"/pay/{charge.id}/"
    assert step_words.why(replace(owed, count=3)) == "There are 3 payments open. Begin with this one."


@pytest.mark.django_db
def test_the_first_page_of_a_newcomer(client) -> None:
    from django.contrib.auth import get_user_model

    client.force_login(get_user_model().objects.get(id=person("New Comer").person_id))
    page = client.get("/dashboard/").content.decode()
    assert "You are in no course yet." in page and "Choose a program" in page
    for link in ("/consents/", "/disclosures/", "/credentials/", "/plans/", "/degree/"):
        assert f'href="{link}"' in page


def test_who_said_that_they_paid_is_not_told_to_pay() -> None:
    reported, open_ = (SimpleNamespace(id=new_id(), reported=told) for told in ("transfer 3", ""))
    assert next_step(replace(Studies(), charges=[reported])).do == Do.AWAIT_PAYMENT
    assert next_step(replace(IN_COURSE, charges=[reported])).do == Do.STUDY
    both = next_step(replace(IN_COURSE, charges=[reported, open_]))
    assert (both.do, address(both.about), both.count) == (Do.PAY, f"/pay/{open_.id}/", 1)
