"""Accommodations of every kind: asked for at once, decided one by one, seen by whom they concern and by nobody else."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.news import News
from tests.factories.people import NOW, browser, person

from linkspan.exams import actions, queries
from linkspan.exams.models import AccommodationRow, ExamRow
from linkspan.exams.rules import Accommodation, AccommodationState, Arranged, extra_percent
from linkspan.exams.rules import AccommodationKind as Kind
from linkspan.exams.rules import AccommodationOutcome as Outcome
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id

pytestmark = pytest.mark.django_db
LETTER = b"%PDF-1.7 a letter"
MINUTES, READER = Accommodation(Kind.MINUTES, 20), Accommodation(Kind.READER)
BREAKS, EXEMPTION = Accommodation(Kind.BREAKS, 5, 3), Accommodation(Kind.EXEMPTION)


@pytest.fixture(autouse=True)
def at(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)


def ask(learner, *asked, now=NOW, document=LETTER):
    return actions.request_accommodations(actor=learner, code="CFx", asked=asked, document=document, now=now)


def decide(actor, request, now=NOW, approve=True, **more):
    told = {"approve": approve, "reason": "The letter says so.", **more}
    actions.decide_accommodation(actor=actor, accommodation_id=request, now=now, **told)


def arranged(learner, now=NOW):
    return [one.accommodation for one in queries.arranged_for(learner, learner.person_id, "CFx", now)]


def test_several_are_asked_for_at_once_and_each_is_decided_by_itself(cast, learner, sitting) -> None:
    asked = ask(learner, extra_percent(50), MINUTES, BREAKS, READER)
    assert [one.asked for one in queries.accommodation_queue(cast["staff"])] == [
        *(extra_percent(50), MINUTES, BREAKS, READER)
    ]
    assert [one.asked for one in queries.accommodation_queue(cast["staff"], Kind.BREAKS)] == [BREAKS]
    decide(cast["staff"], asked[0], amount=25)
    decide(cast["staff"], asked[1], last_day=date(2018, 10, 31))
    decide(cast["staff"], asked[2], times=2)
    decide(cast["staff"], asked[3], approve=False)
    two = Accommodation(Kind.BREAKS, 5, 2)
    assert arranged(learner) == [extra_percent(25), MINUTES, two]
    assert arranged(learner, NOW + timedelta(days=60)) == [extra_percent(25), two]
    running = make.begin(cast, learner, sitting)
    assert running.deadline == NOW + timedelta(minutes=60 + 15 + 20)
    told = [(one.asked.kind, one.granted, one.state) for one in queries.accommodations_of(learner, learner.person_id)]
    assert told == [
        (Kind.PERCENT, extra_percent(25), "approved"),
        (Kind.MINUTES, MINUTES, "approved"),
        (Kind.BREAKS, two, "approved"),
        (Kind.READER, None, "refused"),
    ]


def test_nothing_twice_and_nothing_out_of_range(learner) -> None:
    for wrong in ((), (MINUTES, Accommodation(Kind.MINUTES, 5)), (Accommodation(Kind.MINUTES, 10**9),)):
        with pytest.raises(Unusable):
            ask(learner, *wrong)
    assert not AccommodationRow.objects.exists()


def test_what_stands_is_asked_for_only_as_more(cast, learner) -> None:
    for request in ask(learner, READER, MINUTES):
        decide(cast["staff"], request)
    for again in (READER, MINUTES, Accommodation(Kind.MINUTES, 5)):
        with pytest.raises(Refused) as refusal:
            ask(learner, again, Accommodation(Kind.ROOM))
        assert refusal.value.code == "accommodation_granted"
    (more,) = ask(learner, Accommodation(Kind.MINUTES, 30), now=LATER)
    decide(cast["staff"], more, approve=False, now=LATER)
    assert arranged(learner) == [MINUTES, READER]


def test_the_office_grants_no_more_than_may_be_and_no_day_that_is_over(cast, learner) -> None:
    (request,) = ask(learner, MINUTES)
    for wrong in ({"amount": 10**9}, {"amount": -1}, {"amount": 0}, {"last_day": date(2018, 1, 1)}):
        with pytest.raises(Unusable):
            decide(cast["staff"], request, **wrong)
    assert arranged(learner) == []


def test_an_exemption_takes_two_persons(cast, learner, sitting) -> None:
    other, news = person("Other Staff", ("program_staff", "MITx")), News()
    (request,) = ask(learner, EXEMPTION)
    news(NOW)
    decide(cast["staff"], request)
    decide_again = lambda: decide(cast["staff"], request)  # noqa: E731
    with pytest.raises(Refused) as refusal:
        decide_again()
    assert refusal.value.code == "second_person_needed"
    assert arranged(learner) == [] and news(NOW) == []
    (waits,) = queries.accommodation_queue(other)
    assert (waits.state, waits.proposed_by) == (AccommodationState.PROPOSED, cast["staff"].name)
    decide(other, request, now=LATER)
    with pytest.raises(Refused, match="not authorised"):
        actions.create_attempt(actor=learner, sitting_id=sitting, now=LATER)
    assert queries.exam_reasons(learner, learner.person_id, "CFx", LATER) == ("you are exempted from this exam",)
    assert arranged(learner) == [EXEMPTION] and news(LATER) == [("Amara Sample", "accommodation_approved")]


def test_asking_anew_takes_a_proposal_back(cast, learner) -> None:
    (request,) = ask(learner, EXEMPTION)
    decide(cast["staff"], request)
    assert ask(learner, Accommodation(Kind.EXEMPTION, words="only in spring"), now=LATER) == (request,)
    (waits,) = queries.accommodation_queue(cast["staff"])
    assert (waits.state, waits.proposed_by) == (AccommodationState.REQUESTED, "")


def test_the_evidence_is_read_by_the_deciding_office_and_by_nobody_else(cast, learner) -> None:
    (request,) = ask(learner, READER)
    told = {"accommodation_id": request, "now": LATER}
    here = f"/desk/exams/accommodations/{request}/evidence/"
    far = person("Far Staff", ("program_staff", "HES"))
    others = [one for one in cast.people.values() if not one.has_role("program_staff", "MITx")]
    assert learner in others and cast["proctor"] in others
    for actor in (*others, far):
        with pytest.raises(NotPermitted):
            actions.open_accommodation_document(actor=actor, **told)
    for actor in (learner, cast["proctor"], cast["mit-admissions"], far):
        assert browser(actor).get(here).status_code == 403
    assert actions.open_accommodation_document(actor=cast["staff"], **told) == LETTER
    answer = browser(cast["staff"]).get(here)
    assert (answer.content, answer["Cache-Control"]) == (LETTER, "private, no-store")
    subject = f"exams.learner:{learner.person_id}"
    assert [e.verb for e in audit.trail_of(subject)].count("open_accommodation_document") == 2
    with pytest.raises(NotFound):
        actions.open_accommodation_document(actor=cast["staff"], **told | {"accommodation_id": learner.person_id})


def test_staff_read_no_evidence_of_their_own(cast) -> None:
    (request,) = ask(cast["staff"], READER)
    with pytest.raises(NotPermitted):
        actions.open_accommodation_document(actor=cast["staff"], accommodation_id=request, now=LATER)


def test_what_is_arranged_is_told_to_who_runs_the_exam_here(cast, learner) -> None:
    (request,) = ask(learner, READER)
    decide(cast["staff"], request)
    for actor in (learner, cast["staff"], cast["proctor"]):
        assert queries.arranged_for(actor, learner.person_id, "CFx", NOW) == (Arranged(READER),)
    for actor in (cast["mit-admissions"], cast["hes-admissions"], person("Far Proctor", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            queries.arranged_for(actor, learner.person_id, "CFx", NOW)
    far = person("Far Staff", ("program_staff", "HES"))
    assert queries.accommodation_queue(far) == queries.granted_list(far, "CFx").rows == ()
    with pytest.raises(NotPermitted):
        decide(far, request, approve=False)
    assert browser(far).get("/desk/exams/CFx/accommodations/").status_code == 403
    assert "reads aloud" in browser(cast["staff"]).get("/desk/exams/CFx/accommodations/?kind=reader").content.decode()
    assert "Amara" not in browser(cast["staff"]).get("/desk/exams/CFx/accommodations/?kind=room").content.decode()


def test_a_grant_counts_in_an_exam_that_runs_and_no_more_than_once(cast, learner, running) -> None:
    give = {"actor": cast["staff"], "learner_id": learner.person_id, "code": "CFx"}
    for at, one in enumerate((extra_percent(50), extra_percent(10), extra_percent(50), MINUTES)):
        actions.approve_accommodation(accommodation=one, now=LATER + timedelta(minutes=at), **give)
    assert queries.attempt(learner, running.id).deadline == running.deadline + timedelta(minutes=50)


def test_a_grant_after_the_hand_in_moves_nothing(cast, learner, running) -> None:
    make.hand_in(learner, running)
    before = queries.attempt(learner, running.id)
    give = {"actor": cast["staff"], "learner_id": learner.person_id, "code": "CFx", "now": LATER}
    actions.approve_accommodation(accommodation=MINUTES, **give)
    actions.approve_accommodation(accommodation=BREAKS, **give)
    assert queries.attempt(learner, running.id) == before


FILE = (
    "email,kind,amount,times,words,last_day\r\n"
    "learner@example.org,minutes,20,,,2018-10-31\r\n"
    "learner@example.org,Breaks,5,3,,\r\n"
    "learner@example.org,other,,,A lamp,\r\n"
    "learner@example.org,exemption,,,,\r\n"
    "learner@example.org,magic,,,,\r\n"
    "proctor@example.org,minutes,1000000000,,,\r\n"
    "proctor@example.org,breaks,-5,,,\r\n"
    "proctor@example.org,reader,,,,yesterday\r\n"
    "proctor@example.org,room,,,,2017-01-01\r\n"
    "proctor@example.org,paper,,,,\r\n"
    "proctor@example.org,paper,,,,\r\n"
)
REASONS = (
    "The kind is one of: percent, minutes, breaks, reader, paper, room, exemption, other.",
    *["Minutes: enter a whole number from 1 to {most}."] * 2,
    "Write the last day as 2027-06-30.",
    "The last day is over already.",
    *["This learner stands in the file twice. Leave one row."] * 2,
)


def test_a_list_of_every_kind_is_looked_at_then_granted(cast, learner) -> None:
    told = {"actor": cast["staff"], "code": "CFx", "content": FILE, "now": LATER}
    trial = actions.take_accommodations(trial=True, **told)
    outcomes = [Outcome.GRANTED] * 3 + [Outcome.PROPOSED] + [Outcome.REFUSED] * 7
    assert [line.outcome for line in trial] == outcomes
    assert [str(line.reason) for line in trial if line.reason] == [
        one.format(most=most) for one, most in zip(REASONS, (0, 480, 240, 0, 0, 0, 0), strict=True)
    ]
    assert not AccommodationRow.objects.exists()
    assert actions.take_accommodations(**told) == trial
    lamp = Accommodation(Kind.OTHER, words="A lamp")
    assert arranged(learner) == [MINUTES, BREAKS, lamp]
    assert [line.outcome for line in actions.take_accommodations(**told)][:4] == [Outcome.SAME] * 4
    other = person("Other Staff", ("program_staff", "MITx"))
    assert actions.take_accommodations(**told | {"actor": other})[3].outcome is Outcome.GRANTED
    assert arranged(learner) == [MINUTES, BREAKS, EXEMPTION, lamp]


def test_the_pages_ask_for_several_and_grant_a_part(cast, learner, sitting) -> None:
    client, staff = browser(learner), browser(cast["staff"])
    here = "/exams/CFx/accommodations/"
    form = {
        "wants_minutes": "yes",
        "amount_minutes": "20",
        "wants_breaks": "yes",
        "times_breaks": "3",
        "amount_breaks": "5",
        "words_paper": "not ticked",
    }
    for wrong in ({}, form | {"amount_minutes": "-1"}, form | {"amount_breaks": "1e9"}):
        assert client.post(here, wrong).status_code == 422
    assert client.post(here, form | {"document": SimpleUploadedFile("l.pdf", LETTER)}).status_code == 302
    asked = queries.accommodations_of(learner, learner.person_id)
    assert [(one.asked, one.has_document) for one in asked] == [(MINUTES, True), (BREAKS, True)]
    desk = staff.get("/desk/exams/accommodations/?kind=breaks").content.decode()
    assert f"/desk/accommodations/{asked[1].id}/" in desk and f"/desk/accommodations/{asked[0].id}/" not in desk
    path = f"/desk/accommodations/{asked[0].id}/"
    assert staff.post(path, {"do": "grant", "amount": "x"}).status_code == 422
    assert staff.post(path, {"do": "grant", "amount": "10", "last_day": "2018-10-31"}).status_code == 302
    for page in (here, "/exams/CFx/times/"):
        shown = client.get(page).content.decode()
        assert "What is arranged for you" in shown and "10 more minutes" in shown


def test_all_that_is_granted_is_on_some_page(cast) -> None:
    exam = ExamRow.objects.get(code="CFx")
    told = {"exam": exam, "kind": Kind.ROOM, "state": "approved", "requested_at": NOW, "decided_at": NOW}
    AccommodationRow.objects.bulk_create(AccommodationRow(learner_id=new_id(), **told) for _ in range(60))
    first, second = (queries.granted_list(cast["staff"], "CFx", number=number) for number in (1, 2))
    assert (len(first.rows), len(second.rows), second.has_next) == (50, 10, False)
    assert {one.id for one in first.rows}.isdisjoint(one.id for one in second.rows)
    page = browser(cast["staff"]).get("/desk/exams/CFx/accommodations/?kind=room")
    assert "?kind=room&amp;page=2" in page.content.decode()
