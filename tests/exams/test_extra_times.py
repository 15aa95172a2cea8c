"""Extra time from a list: looked at first, row by row; and what is granted while an exam runs counts at once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.models import AccommodationRow
from linkspan.exams.rules import AccommodationOutcome as Outcome
from linkspan.exams.rules import extra_percent
from linkspan.kernel.errors import NotPermitted, Unusable

pytestmark = pytest.mark.django_db
FILE = (
    "email,percent\r\nlearner@example.org,25\r\nstaff@example.org,50\r\nnobody@example.org,25\r\n"
    "proctor@example.org,201\r\n\r\ntwice@example.org,5\r\nTwice@example.org,6\r\n"
)
OUTCOMES = [
    ("learner@example.org", Outcome.GRANTED),
    ("staff@example.org", Outcome.REFUSED),
    ("nobody@example.org", Outcome.REFUSED),
    ("proctor@example.org", Outcome.REFUSED),
    ("twice@example.org", Outcome.REFUSED),
    ("twice@example.org", Outcome.REFUSED),
]


@pytest.fixture(autouse=True)
def at(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)


def take(actor, content=FILE, **more):
    return actions.take_accommodations(actor=actor, code="CFx", content=content, now=LATER, **more)


def test_a_list_is_looked_at_then_granted_and_the_same_again_changes_nothing(cast) -> None:
    trial = take(cast["staff"], trial=True)
    assert [(line.email, line.outcome) for line in trial] == OUTCOMES
    assert [line.row for line in trial] == [2, 3, 4, 5, 7, 8]
    assert not AccommodationRow.objects.exists()
    assert take(cast["staff"]) == trial
    (held,) = queries.accommodations_of(cast["learner"], cast["learner"].person_id)
    assert (held.asked, held.granted, held.state) == (extra_percent(25), extra_percent(25), "approved")
    assert take(cast["staff"])[0].outcome is Outcome.SAME
    assert AccommodationRow.objects.count() == 1


def test_a_file_that_is_no_list_is_refused_whole(cast) -> None:
    wrong = (
        "",
        "email\r\n",
        "percent,email\r\n1,a@b.org",
        'email,percent\r\n"x',
        "email,percent\r\n" + "a,1\r\n" * 5001,
    )
    for content in wrong:
        with pytest.raises(Unusable):
            take(cast["staff"], content)


def test_only_program_staff_of_the_institution_take_a_list(cast, client) -> None:
    far = person("Far Staff", ("program_staff", "HES"))
    for actor in (cast["learner"], cast["proctor"], far):
        with pytest.raises(NotPermitted):
            take(actor, trial=True)
        assert browser(actor).get("/desk/exams/CFx/extra-times/").status_code == 403
    headers = {"Authorization": f"Bearer {token_for(cast['staff'])}", "Idempotency-Key": "list"}
    asked = client.post(
        "/api/v1/exam_making/exams/CFx/extra-times", {"csv": FILE}, content_type="application/json", headers=headers
    )
    assert [(line["email"], line["outcome"]) for line in asked.json()] == OUTCOMES
    assert not AccommodationRow.objects.exists()


def test_the_page_checks_a_file_and_grants_what_it_showed(cast) -> None:
    staff, here = browser(cast["staff"]), "/desk/exams/CFx/extra-times/"
    assert here.encode() in staff.get("/desk/exams/make/CFx/").content
    checked = staff.post(here, {"do": "check", "file": SimpleUploadedFile("list.csv", FILE.encode())})
    assert b"Grant 1 accommodation" in checked.content and not AccommodationRow.objects.exists()
    assert staff.post(here, {"do": "check", "file": SimpleUploadedFile("list.csv", b"x")}).status_code == 422
    assert staff.post(here, {"do": "grant", "content": FILE}).status_code == 302
    assert AccommodationRow.objects.get().granted_amount == 25


def test_extra_time_granted_while_an_exam_runs_moves_its_end_by_the_difference(cast, learner, running) -> None:
    told = {"actor": cast["staff"], "learner_id": learner.person_id, "code": "CFx"}
    for minutes, percent in enumerate((25, 50, 10), 1):
        actions.approve_accommodation(
            accommodation=extra_percent(percent), now=LATER + timedelta(minutes=minutes), **told
        )
    assert queries.attempt(learner, running.id).deadline == running.deadline + timedelta(minutes=30)
    assert running.sitting.exam.duration == timedelta(minutes=60) and running.started_at == NOW
    assert running.deadline < make.CLOSES
