"""Exams are made and held through the API; every verb by every role, here and at another institution."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from tests.factories import banks
from tests.factories import exams as make
from tests.factories.people import NOW, person, token_for

from linkspan.accounts.rules import Role
from linkspan.exams import actions, queries
from linkspan.exams.models import SittingRow
from linkspan.kernel.jsonable import jsonable

pytestmark = pytest.mark.django_db
TERMS = {
    "title": "Inventory",
    "minutes": 45,
    "pass_percent": "62.5",
    "attempts_allowed": 1,
    "courses": ["MITx/SC0x"],
}
BANK = {"archive_base64": b64encode(banks.packed(banks.BANK)).decode()}
DAY = NOW + timedelta(days=7)
TIMES = jsonable(
    {"opens_at": DAY, "closes_at": DAY + timedelta(hours=8), "release_at": DAY + timedelta(days=9), "capacity": 3}
)
ROOT = "/api/v1/exam_making"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)


@pytest.fixture
def call(client):
    keys = iter(range(1000))

    def caller(actor, path, body=None):
        headers = {"Authorization": f"Bearer {token_for(actor)}"}
        if body is None:
            return client.get(f"{ROOT}/{path}", headers=headers)
        headers["Idempotency-Key"] = f"key {next(keys)}"
        return client.post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)

    return caller


def test_an_exam_from_the_first_draft_to_a_cancelled_sitting(call, cast) -> None:
    staff = cast["staff"]
    made = call(staff, "exams", {"code": "INV", "program": "MITx/SCM", **TERMS}).json()
    assert (made["exam"], made["version"], made["items"], made["published_at"]) == ("INV", 1, 0, None)
    looked = call(staff, "exams/INV/draft/bank", BANK).json()
    assert (looked["items"], looked["saved"], sorted(looked["new"])) == (5, False, ["d1", "d2", "d3", "s1", "s2"])
    assert call(staff, "exams/INV/versions/1").json()["bank"] == []
    assert call(staff, "exams/INV/draft/bank", BANK | {"dry_run": False}).json()["saved"]
    draw = [{"group": "demand", "count": 2, "difficulty": "hard"}, {"group": "stock", "count": 1}]
    assert call(staff, "exams/INV/draft/items/s1/retired", {"retired": True}).status_code == 200
    saved = call(staff, "exams/INV/draft/terms", TERMS | {"draw": draw, "most_drawn": 5}).json()
    assert saved["terms"]["draw"] == [draw[0], draw[1] | {"difficulty": None}] and saved["terms"]["most_drawn"] == 5
    form = call(staff, "exams/INV/versions/1/form?seed=4").json()
    assert [one["id"] for one in form][2] == "s2" and {one["id"] for one in form} == {"d2", "d3", "s2"}
    assert call(staff, "exams/INV/versions/1/publish", {"seen": made["seen"]}).status_code == 409
    assert call(staff, "exams/INV/versions/1/publish", {"seen": saved["seen"]}).json()["published_by"] == staff.name
    assert call(staff, "exams/INV/draft/terms", TERMS).status_code == 409
    sitting = call(staff, "exams/INV/sittings", TIMES).json()["id"]
    assert call(staff, "exams/INV/sittings", TIMES).json()["id"] == sitting
    assert call(staff, f"sittings/{sitting}/change", TIMES | {"capacity": 0}).status_code == 422
    assert call(staff, f"sittings/{sitting}/change", TIMES | {"capacity": 9}).status_code == 204
    later = jsonable(DAY + timedelta(hours=9))
    assert call(staff, f"sittings/{sitting}/prolong", {"closes_at": later}).status_code == 204
    assert call(staff, f"sittings/{sitting}/cancel", {"reason": "No power."}).status_code == 204
    (held,) = call(staff, "exams/INV").json()["sittings"]
    assert (held["capacity"], held["cancel_reason"], held["closes_at"]) == (9, "No power.", later)
    told = [(row["code"], row["in_force"], row["draft"]) for row in call(staff, "exams").json()]
    assert told == [("CFx", 1, None), ("INV", 1, None)]


def test_what_is_wrong_is_named_by_field(call, cast) -> None:
    answer = call(cast["staff"], "exams", {"code": "a b", "program": "MITx/SCM", **TERMS})
    assert answer.status_code == 422 and [row[:5] for row in answer.json()["reasons"]] == ["code:"]
    answer = call(cast["staff"], "exams", {"code": "X", "program": "MITx/SCM", **TERMS, "minutes": 0, "title": " "})
    assert [row.split(":")[0] for row in answer.json()["reasons"]] == ["title", "minutes"]
    naive = {name: value for name, value in TIMES.items() if name != "opens_at"} | {"opens_at": "2018-11-05T09:00"}
    assert call(cast["staff"], "exams/CFx/sittings", naive).status_code == 422
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    assert call(cast["staff"], "exams/CFx/draft/bank", {"archive_base64": "%"}).status_code == 422
    twice = [{"group": "a", "count": 1}, {"group": "a", "count": 1}]
    assert call(cast["staff"], "exams/CFx/draft/terms", TERMS | {"draw": twice}).status_code == 422


#: By verb: the API's path and body (None to read), and the page's path and form where a page does the same.
def verbs(sitting) -> dict:
    draft, page, held_at = "exams/CFx/draft", "/desk/exams/make/CFx", f"/desk/sittings/{sitting}/"
    version = f"{page}/versions/2/"
    held = {"opens_at": "2018-11-05T09:00", "closes_at": "2018-11-05T17:00", "release_at": "2018-11-20T09:00"}
    terms = {"title": "T", "minutes": "9", "pass_percent": "60", "attempts": "1", "courses": "", "grace": "9"}
    new = {"code": "INV", "program": "MITx/SCM"}
    return {
        "read": ("exams/CFx", None, f"{page}/", None),
        "version": ("exams/CFx/versions/2", None, version, None),
        "analysis": ("exams/CFx/versions/1/analysis", None, f"{page}/versions/1/analysis/", None),
        "preview": ("exams/CFx/versions/2/form", None, f"{page}/versions/2/preview/", None),
        "draft": ("exams", new | TERMS, "/desk/exams/make/at/MITx/new/", new | terms | {"most_drawn": ""}),
        "begin": (draft, {}, f"{page}/", {"do": "draft"}),
        "terms": (f"{draft}/terms", TERMS, f"{page}/draft/", {"do": "save", **terms, "most_drawn": ""}),
        "bank": (f"{draft}/bank", BANK, f"{page}/questions/", None),
        "retire": (f"{draft}/items/a1/retired", {"retired": True}, version, {"do": "retire", "item": "a1"}),
        "discard": (f"{draft}/discard", {}, f"{page}/draft/", {"do": "discard"}),
        "publish": ("exams/CFx/versions/2/publish", {}, version, {"do": "publish", "seen": "x"}),
        "second": ("institutions/MITx/second-person", {"second_person": True}, "/desk/exams/make/at/MITx/publishing/",
                   {"four_eyes": "yes"}),
        "add": ("exams/CFx/sittings", TIMES, f"{page}/sittings/", held | {"capacity": ""}),
        "change": (f"sittings/{sitting}/change", TIMES, held_at, {"do": "change", **held, "capacity": ""}),
        "prolong": (f"sittings/{sitting}/prolong", {"closes_at": TIMES["release_at"]}, held_at,
                    {"do": "prolong", "closes_at": "2019-01-01T09:00"}),
        "cancel": (f"sittings/{sitting}/cancel", {"reason": "R."}, held_at, {"do": "cancel", "reason": "R."}),
    }  # fmt: skip


MAKES = {"read", "version", "analysis", "preview", "draft", "begin", "terms", "bank", "retire", "discard"}
SITTINGS = {"add", "change", "prolong", "cancel"}
HERE = {
    Role.PROGRAM_STAFF: MAKES | SITTINGS | {"publish"},
    Role.AUTHOR: MAKES | SITTINGS,
    Role.REGISTRAR: {"second"},
}


def allowed(actor, sitting) -> tuple[set[str], set[str]]:
    """Which verbs get past the question of who may, through the API and by page; what was done is undone."""
    client, found = Client(), (set(), set())
    client.force_login(get_user_model().objects.get(id=actor.person_id))
    bearer = {"Authorization": f"Bearer {token_for(actor)}"}
    for verb, (path, body, page, form) in verbs(sitting).items():
        for by, (place, sent, told) in enumerate(((f"{ROOT}/{path}", body, bearer), (page, form, {}))):
            with transaction.atomic():
                if sent is None:
                    answer = client.get(place, headers=told)
                elif told:
                    headers = told | {"Idempotency-Key": verb}
                    answer = Client().post(place, sent, content_type="application/json", headers=headers)
                else:
                    answer = client.post(place, sent)
                transaction.set_rollback(True)
            assert answer.status_code not in (405, 422, 500), (verb, place, answer.content)
            found[by].update({verb} if answer.status_code not in (403, 404) else ())
    return found


@pytest.mark.parametrize("place", ["MITx", "HES"])
@pytest.mark.parametrize("role", Role)
def test_a_role_makes_exams_of_its_own_institution_alone(cast, role, place) -> None:
    sitting = make.put_sitting(opens_at=NOW + timedelta(days=9))
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    actor = person("Some Body", (role, None if role in (Role.OPERATOR, Role.AUDITOR) else place))
    expected = HERE.get(role, set()) if place == "MITx" else set()
    expected = {"second"} if role is Role.OPERATOR else expected
    assert allowed(actor, sitting) == (expected, expected)
    assert (queries.exam("CFx").version, SittingRow.objects.get().cancelled_at) == (1, None)


def test_who_sits_an_exam_moves_no_sitting_of_theirs(call, cast, learner) -> None:
    sitting = make.put_sitting()
    make.begin(cast, learner, sitting)
    both = person("Second Hat", ("program_staff", "MITx"))
    make.authorise(both, cast)
    actions.create_attempt(actor=both, sitting_id=sitting, now=NOW)
    later = {"closes_at": jsonable(make.CLOSES + timedelta(hours=1))}
    assert call(both, f"sittings/{sitting}/prolong", later).status_code == 403
    assert call(cast["staff"], f"sittings/{sitting}/prolong", later).status_code == 204
