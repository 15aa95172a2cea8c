"""Staff enrol learners from a roster: looked at first, row by row, and the same roster again changes nothing."""

import csv
import io

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.api.test_verbs import call
from tests.enrolment.test_actions import RUN, enrol
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.poison import poisoned
from tests.factories.world import load_world

from linkspan.enrolment import actions, queries
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import Track, counted
from linkspan.finance.queries import charges_of
from linkspan.kernel.errors import NotPermitted, Unusable

pytestmark = pytest.mark.django_db
PAGE = f"/desk/runs/{RUN}/roster/"
ROSTER = """email,name,track,group
ana@example.org,Ana Example,,A
BO@example.org,Bo Example,Verified,A
"""


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


def take(cast, roster=ROSTER, actor=None, **more):
    return actions.take_roster(actor=actor or cast["staff"], run_id=RUN, roster=roster, now=NOW, **more)


def outcomes(lines) -> dict[str, int]:
    return {name: count for name, count in counted(lines).items() if count}


def account(email: str):
    return get_user_model().objects.get(email=email)


def test_a_roster_enrols_each_learner_once(cast) -> None:
    before = EnrolmentRow.objects.count()
    assert outcomes(take(cast, trial=True)) == {"enrolled": 2}
    assert EnrolmentRow.objects.count() == before
    assert not get_user_model().objects.filter(email="ana@example.org").exists()
    assert outcomes(take(cast)) == {"enrolled": 2}
    ana, bo = account("ana@example.org"), account("bo@example.org")
    assert (ana.name, ana.has_usable_password()) == ("Ana Example", False)
    rows = EnrolmentRow.objects.filter(learner_id__in=[ana.id, bo.id]).order_by("learner_id")
    assert {row.learner_id: row.state for row in rows} == {ana.id: "active", bo.id: "awaiting_payment"}
    assert [charge.amount.minor for charge in charges_of(SYSTEM, bo.id)] == [15000]
    for again in (ROSTER, "\ufeff" + ROSTER.replace("\n", "\r\n")):
        assert outcomes(take(cast, again)) == {"same": 2}
    assert EnrolmentRow.objects.count() == before + 2


def test_a_higher_track_is_taken_and_a_lower_one_is_not(cast) -> None:
    take(cast)
    assert outcomes(take(cast, "email,track\nana@example.org,verified\nbo@example.org,audit\n")) == {
        "upgraded": 1,
        "same": 1,
    }
    assert EnrolmentRow.objects.get(learner_id=account("ana@example.org").id).state == "awaiting_payment"
    assert len(charges_of(SYSTEM, account("bo@example.org").id)) == 1


def test_each_row_that_cannot_be_used_is_named_and_the_others_are_taken(cast) -> None:
    get_user_model().objects.create_user("eve@example.org", name="Eve", password="a long password")
    gone = person("Gone Again")
    enrol(gone, Track.AUDIT)
    actions.withdraw(actor=gone, learner_id=gone.person_id, run_id=RUN, now=NOW)
    roster = (
        "Name,E,EMAIL,Track\nA,,ana@example.org,\nB,,no address,\nC,,ana@example.org,\nD,,d@example.org,gold\n"
        ",,new@example.org,\nEve,,eve@example.org,\nG,,gone.again@example.org,\n,,,\nF,,f@example.org,audit\nshort\n"
    )
    looked, found = take(cast, roster, trial=True), take(cast, roster)
    assert looked == found
    assert outcomes(found) == {"enrolled": 2, "refused": 7}
    assert {line.row: line.reason.split(".")[0].split(":")[0] for line in found if line.reason} == {
        3: "'no address' is not an e-mail address",
        4: "This address is in row 2 already",
        5: "There is no track 'gold'",
        6: "This address has no account yet",
        7: "Somebody registered this address and has not confirmed it",
        8: "This learner left the run",
        11: "'' is not an e-mail address",
    }


@pytest.mark.parametrize(
    "roster",
    ["", "name\nAna\n", "email,email\na,b\n", 'email\n"x', "email\n" + "a@b.example\n" * 5001, "x" * 2_000_001],
)
def test_what_is_no_roster_is_refused_whole(cast, roster) -> None:
    with pytest.raises(Unusable):
        take(cast, roster)


def test_outside_the_window_nobody_is_enrolled(cast) -> None:
    run = queries.course_run(RUN)
    lines = actions.take_roster(actor=SYSTEM, run_id=RUN, roster=ROSTER, now=run.enrolment_closes)
    assert outcomes(lines) == {"refused": 2} and "Enrolment closed" in lines[0].reason


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([], False),
        ([("program_staff", "HES")], False),
        ([("author", "MITx")], False),
        ([("registrar", "MITx")], True),
        ([("program_staff", "MITx")], True),
    ],
)
def test_who_may(cast, roles, may, client) -> None:
    who = person("Some Body", *roles)
    told = call(client, who, f"enrolment/runs/{RUN}/roster", {"roster": ROSTER, "trial": True}, key="a")
    assert told.status_code == (200 if may else 403)
    assert browser(who).get(PAGE).status_code == (200 if may else 403)
    assert call(client, who, f"enrolment/runs/{RUN}/roster").status_code == (200 if may else 403)
    if not may:
        with pytest.raises(NotPermitted):
            take(cast, actor=who)
        return
    assert told.json()["counts"]["enrolled"] == 2


def test_one_row_that_fails_keeps_no_other_out(cast) -> None:
    bo = person("Bo Example")
    with poisoned(EnrolmentRow, bo.person_id, "learner_id", on="INSERT"):
        lines = take(cast, ROSTER.replace("BO@", "bo.example@"))
    assert outcomes(lines) == {"enrolled": 1, "refused": 1} and "poisoned" in lines[1].reason
    assert outcomes(take(cast, ROSTER.replace("BO@", "bo.example@"))) == {"enrolled": 1, "same": 1}


def test_the_learner_is_told_and_nobody_else(cast) -> None:
    news = News()
    news(NOW)
    take(cast, "email,name\nana@example.org,Ana\n")
    assert news(NOW) == [("Ana", "enrolled")]


def test_the_page_shows_the_file_before_it_takes_it_and_gives_refused_rows_back(cast) -> None:
    mine = browser(cast["staff"])
    roster = ROSTER + "nobody,=Name,\n"
    looked = mine.post(PAGE, {"do": "check", "file": SimpleUploadedFile("r.csv", roster.encode())})
    page = looked.content.decode()
    assert "Enrol 2 learners" in page and "is not an e-mail address" in page
    posted = {"content": looked.context["content"], "seen": looked.context["seen"]}
    back = list(csv.reader(io.StringIO(mine.post(PAGE, posted | {"do": "refused"}).content.decode("utf-8-sig"))))
    assert back[0] == ["email", "name", "track", "reason"] and back[1][:2] == ["nobody", "'=Name"]
    assert mine.post(PAGE, posted | {"do": "take", "seen": "x"}).status_code == 409
    assert mine.post(PAGE, posted | {"do": "take"}).status_code == 302
    assert "Ana Example" in mine.get(PAGE).content.decode()
    added = {"do": "add", "email": "cy@example.org", "name": 'Cy "C" Example', "track": "audit"}
    assert mine.post(PAGE, added | {"email": "no"}).status_code == 422
    assert mine.post(PAGE, added).status_code == 302
    assert account("cy@example.org").name == 'Cy "C" Example'
    assert mine.post(PAGE, {"do": "check"}).status_code == 422


def test_pages_take_few_queries_however_many_learners(cast, django_assert_max_num_queries) -> None:
    rows = "".join(f"p{n}@example.org,Person {n},audit\n" for n in range(60))
    take(cast, "email,name,track\n" + rows)
    mine = browser(cast["staff"])
    with django_assert_max_num_queries(24):
        page = mine.get(PAGE).content.decode()
    assert page.count('data-label="Since"') == 50
