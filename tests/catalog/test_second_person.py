"""Where an institution asks for a second person, no page and no operation publishes what one person made."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.catalog import actions, queries
from linkspan.catalog.engines.holders import HOLDERS
from linkspan.catalog.models import ChangeRow
from linkspan.catalog.rules import Kind
from linkspan.credentials.models import AlignmentRow, GradingPolicyRow
from linkspan.finance.models import NeedScheduleRow

pytestmark = pytest.mark.django_db
DAY = (NOW + timedelta(days=30)).date().isoformat()
GRADES = {"course_weight": "60", "exam_weight": "40", "attempts": "best", "pass_percent": "60", "valid_from": DAY}
NEED = {"valid_from": DAY, "currency": "USD", "default_threshold": "20000", "tiers": "50 90", "thresholds": ""}
#: By kind: its page, where it is sent, what is sent by page, the same over the API.
MADE_BY = {
    Kind.GRADING: (
        "/desk/credentials/programs/MITx/SCM/",
        "/desk/credentials/programs/MITx/SCM/policy/",
        GRADES | {"do": "publish"},
        "/api/v1/credentials/programs/MITx/SCM/grading",
        GRADES | {"bands": {}},
    ),
    Kind.ALIGNMENT: (
        "/desk/credentials/programs/MITx/SCM/",
        "/desk/credentials/programs/MITx/SCM/align/",
        {"targetName": "Supply chain design", "targetUrl": "https://frameworks.example/ce-1"},
        "/api/v1/credentials/programs/MITx/SCM/alignments",
        {"target_name": "Supply chain design", "target_url": "https://frameworks.example/ce-1"},
    ),
    Kind.SCHEDULE: (
        "/desk/money/schedules/MITx/",
        "/desk/money/schedules/MITx/",
        NEED,
        "/api/v1/prices/schedules/MITx",
        {
            "valid_from": DAY,
            "currency": "USD",
            "default_threshold": 2_000_000,
            "thresholds": {},
            "tiers": [{"up_to": "0.5", "percent": "90"}],
        },
    ),
}
#: Another one of each kind.
OTHER = {"valid_from": "2030-01-01", "target_url": "https://frameworks.example/ce-2"}


@pytest.fixture(autouse=True)
def _world(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    GradingPolicyRow.objects.all().delete()
    NeedScheduleRow.objects.all().delete()
    AlignmentRow.objects.all().delete()


def public() -> int:
    return sum(table.objects.count() for table in (GradingPolicyRow, AlignmentRow, NeedScheduleRow))


def two_people() -> None:
    actions.set_catalog_four_eyes(actor=SYSTEM, institution="MITx", four_eyes=True, now=NOW)


@pytest.mark.parametrize("over", ["page", "api"])
@pytest.mark.parametrize("kind", MADE_BY)
def test_one_prepares_and_another_publishes(kind, over) -> None:
    two_people()
    page, target, form, operation, body = MADE_BY[kind]
    one, other = (person(name, ("program_staff", "MITx")) for name in ("One Staff", "Other Staff"))
    mine, theirs = browser(one), browser(other)
    if over == "page":
        assert "It is prepared. Another person publishes it." in mine.post(target, form, follow=True).content.decode()
    else:
        answer = mine.post(operation, body, "application/json", headers={"Idempotency-Key": "once"})
        assert (answer.status_code, answer.json()) == (200, {"public": False})
    (waiting,) = queries.changes_at(one, "MITx")
    assert (waiting.kind, waiting.prepared_by, public()) == (kind, one.person_id, 0)
    place = f"/desk/catalogue/changes/{waiting.id}/"
    assert place in mine.get(page).content.decode(), "its page says that it waits"
    assert mine.post(place, {"do": "publish"}).status_code == 409
    assert public() == 0
    assert theirs.post(place, {"do": "publish"}).status_code == 302
    assert (public(), ChangeRow.objects.count()) == (1, 0)
    assert "Waits for another person" not in mine.get(page).content.decode()


@pytest.mark.parametrize("kind", MADE_BY)
def test_elsewhere_one_person_publishes_at_once(kind) -> None:
    _, target, form, operation, body = MADE_BY[kind]
    mine = browser(person("One Staff", ("program_staff", "MITx")))
    assert mine.post(target, form).status_code == 302
    assert (public(), ChangeRow.objects.count()) == (1, 0)
    other = {name: OTHER[name] for name in body if name in OTHER}
    answer = mine.post(operation, body | other, "application/json", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json(), public()) == (200, {"public": True}, 2)


def test_no_kind_is_left_out() -> None:
    # tests/exams/test_making.py, tests/exams/test_series.py, tests/catalog/test_whole_file.py
    asked_elsewhere = {Kind.EXAM, Kind.SERIES, Kind.DEGREE}
    assert set(HOLDERS) - asked_elsewhere == set(MADE_BY)


def test_what_two_published_is_not_taken_back_by_one() -> None:
    _, target, form, _, _ = MADE_BY[Kind.GRADING]
    mine = browser(person("One Staff", ("program_staff", "MITx")))
    mine.post(target, form)
    two_people()
    answer = mine.post(target, {"do": "withdraw", "valid_from": DAY}, follow=True)
    assert answer.status_code == 409 and "Two people publish here." in answer.content.decode()
    assert "Take this policy back" not in mine.get(MADE_BY[Kind.GRADING][0]).content.decode()
    assert public() == 1


@pytest.mark.parametrize("kind", MADE_BY)
def test_what_cannot_be_published_is_not_prepared(kind) -> None:
    two_people()
    _, target, form, operation, body = MADE_BY[kind]
    mine = browser(person("One Staff", ("program_staff", "MITx")))
    wrong = {"valid_from": "soon", "targetUrl": "http://frameworks.example/"}
    for spoiled in (wrong, {"pass_percent": "900", "tiers": "90 50\n50 60", "targetName": ""}):
        assert mine.post(target, form | spoiled).status_code == 422
    for actor in (("registrar", "HES"), ("program_staff", "HES"), ("author", "MITx")):
        there = browser(person("Otto Other", actor))
        assert there.post(target, form).status_code == 403
        answer = there.post(operation, body, "application/json", headers={"Idempotency-Key": "k"})
        assert answer.status_code == 403
    assert (public(), ChangeRow.objects.count()) == (0, 0)
