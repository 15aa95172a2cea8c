"""A catalogue leaves in one file and comes back: looked at first, entry by entry, and the same file changes nothing."""

import copy
import json
from datetime import date

import pytest
from jsonschema import Draft202012Validator
from tests.api.test_verbs import call
from tests.catalog.test_changes import COURSE, PRICE, PROGRAM, REQUIREMENTS, RUN, prepare, put_all
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.catalog import actions, queries
from linkspan.catalog.models import ChangeRow, CourseRow
from linkspan.catalog.rules import Invalid, Kind, counted
from linkspan.finance.actions import import_catalogue
from linkspan.finance.models import ExchangeRateRow
from linkspan.finance.queries import catalogue_file
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotPermitted, Refused
from linkspan.pathways.engines.schemas import SCHEMAS
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
HEAD = {"format": "linkspan-catalogue", "version": 1, "institution": "HES"}
RATE = {"base": "EUR", "quote": "USD", "rate": "1.1", "on": "2018-10-01", "source": "ECB"}
FILE = HEAD | {
    "courses": [COURSE],
    "runs": [RUN],
    "programs": [PROGRAM],
    "requirements": [REQUIREMENTS],
    "prices": [PRICE, PRICE | {"subject": f"course-run:{RUN['id']}", "minor": 9900}],
    "rates": [RATE],
}
ORDER = (Kind.COURSE, Kind.RUN, Kind.PROGRAM, Kind.REQUIREMENTS, Kind.PRICE)
PAGE = "/desk/catalogue/HES/file/"


def take(told, actor=SYSTEM, **more):
    return import_catalogue(actor=actor, institution="HES", told=told, now=NOW, **more)


def outcomes(found) -> dict[str, int]:
    return {name: count for name, count in counted(found).items() if count}


@pytest.fixture
def staff():
    return person("New Staff", ("program_staff", "HES"))


def test_a_whole_catalogue_comes_in_by_one_file_and_goes_out_as_it_came(staff) -> None:
    looked = take(FILE, staff, trial=True, publish=True)
    assert outcomes(looked) == {"new": 7}
    assert not ChangeRow.objects.exists() and not ExchangeRateRow.objects.exists()
    assert outcomes(take(FILE, staff, publish=True)) == {"published": 6, "new": 1}
    assert not ChangeRow.objects.exists()
    written = catalogue_file(staff, "HES")
    assert Draft202012Validator(SCHEMAS["catalogue"]()).is_valid(written)
    assert [written[name][0]["code"] for name in ("courses", "programs")] == ["C1", "P1"]
    assert written["rates"] == [RATE] and len(written["prices"]) == 2
    for again in (FILE, written, json.loads(json.dumps(written))):
        assert outcomes(take(again, staff, publish=True)) == {"same": 7}
    assert not ChangeRow.objects.exists()
    assert [entry.verb for entry in trail_of("catalog.course:HES/C1")] == ["prepare_change", "add_course"]


def test_what_a_file_prepares_waits_and_the_same_file_prepares_nothing_more(staff) -> None:
    first = take(FILE, staff)
    assert outcomes(first) == {"new": 7}
    assert ChangeRow.objects.count() == 6 and not CourseRow.objects.exists()
    assert outcomes(take(FILE, staff)) == {"waits": 6, "same": 1}
    end = actions.publish_changes(actor=staff, institution="HES", now=NOW)
    assert ([one.kind for one in end.done], end.failed) == ([*ORDER, Kind.PRICE], ())
    assert outcomes(take(FILE, staff)) == {"same": 7}


def test_each_entry_that_cannot_be_used_is_named_and_the_others_are_taken(staff) -> None:
    told = copy.deepcopy(FILE)
    told["courses"] += [COURSE | {"code": "A B", "credits": "x"}, COURSE | {"title": "Twice"}, 5]
    told["runs"] += [RUN | {"course": "C9", "id": "course-v1:HES+C9+1T2019"}]
    told["prices"] += [PRICE | {"subject": "course:MIT/C1"}]
    told["rates"] += [RATE | {"rate": 1.5}, RATE | {"quote": "EUR", "base": "EUR"}]
    looked = take(told, staff, trial=True)
    found = take(told, staff)
    assert [one.told() for one in looked] == [one.told() for one in found]
    wrong = {one.place: [name for name, _ in one.errors] for one in found if one.errors}
    assert wrong == {
        "courses.1": ["code", "credits"],
        "courses.2": [""],
        "courses.3": ["entry"],
        "runs.1": ["course"],
        "prices.2": ["subject"],
        "rates.1": ["rate"],
        "rates.2": [""],
    }
    assert outcomes(found) == {"new": 7, "refused": 7}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"format": "other"}, "format"),
        ({"version": 4}, "version"),
        ({"institution": "MIT"}, "institution"),
        ({"courses": {}}, "courses"),
        ({"prices": None}, "prices"),
        ({"degrees": []}, "degrees"),
        ({"courses": [COURSE] * 10_001}, "file"),
    ],
)
def test_a_file_that_is_no_catalogue_of_this_school_changes_nothing(wrong, field) -> None:
    with pytest.raises(Invalid) as no:
        take(FILE | wrong)
    assert list(no.value.fields) == [field]
    for strange in (None, [], "x", 5):
        with pytest.raises(Invalid):
            take(strange)
    assert not ChangeRow.objects.exists()


def test_what_another_person_prepared_is_not_overwritten(staff) -> None:
    put_all()
    other = person("Other Person", ("registrar", "HES"))
    prepare(Kind.COURSE, COURSE | {"title": "Theirs"}, other)
    (row,) = take(HEAD | {"courses": [COURSE | {"title": "Mine"}]}, staff)
    assert row.outcome == "refused" and "Other Person prepared another version" in row.errors[0][1]
    assert outcomes(take(HEAD | {"courses": [COURSE]}, staff)) == {"same": 1}, "what is public discards no draft"
    assert ChangeRow.objects.get().content["title"] == "Theirs"
    (row,) = take(HEAD | {"courses": [COURSE | {"title": "Corrected"}]}, other)
    assert row.changes == (("title", "Statistics", "Corrected"),)
    assert ChangeRow.objects.get().content["title"] == "Corrected"


def test_a_second_person_publishes_what_a_file_prepared(staff) -> None:
    actions.set_catalog_four_eyes(actor=SYSTEM, institution="HES", four_eyes=True, now=NOW)
    assert outcomes(take(FILE, staff, publish=True)) == {"new": 7}
    assert not CourseRow.objects.exists()
    assert actions.publish_changes(actor=staff, institution="HES", now=NOW).done == ()
    other = person("Other Person", ("registrar", "HES"))
    waiting = queries.changes_to_publish_at(other, "HES")
    with pytest.raises(Refused, match="changed since"):
        actions.publish_changes(actor=other, institution="HES", now=NOW, seen="another list")
    seen = queries.waiting_version(waiting)
    assert len(actions.publish_changes(actor=other, institution="HES", now=NOW, seen=seen).done) == 6
    assert CourseRow.objects.get().title == "Statistics"


def test_a_rate_is_corrected_with_a_reason_by_those_who_enter_rates(staff) -> None:
    take(HEAD | {"rates": [RATE]}, staff)
    other = HEAD | {"rates": [RATE | {"rate": "1.2"}]}
    (row,) = take(other, staff)
    assert row.outcome == "refused" and "Add a reason" in row.errors[0][1]
    registrar = person("Some Registrar", ("registrar", "HES"))
    assert outcomes(take(HEAD | {"rates": [RATE | {"on": "2018-10-02"}]}, registrar)) == {"refused": 1}
    assert outcomes(take(HEAD | {"rates": [RATE | {"rate": "1.2", "reason": "Typo"}]}, staff)) == {"changed": 1}
    assert [str(row.rate.normalize()) for row in ExchangeRateRow.objects.order_by("version")] == ["1.1", "1.2"]


def test_a_year_is_copied_to_the_next(staff) -> None:
    put_all()
    asked = {"actor": staff, "institution": "HES", "to_year": 2019, "valid_from": date(2019, 9, 1), "now": NOW}
    with pytest.raises(Refused, match="No program here has requirements of 2017"):
        actions.copy_requirements(**asked, year=2017)
    assert outcomes(actions.copy_requirements(**asked, year=2018, trial=True)) == {"new": 1}
    for outcome in ("new", "waits"):
        assert outcomes(actions.copy_requirements(**asked, year=2018)) == {outcome: 1}
    content = ChangeRow.objects.get().content
    assert (content["catalogue_year"], content["valid_from"]) == (2019, "2019-09-01")
    assert content["requirements"] == REQUIREMENTS["requirements"]


@pytest.mark.parametrize("roles", [[], [("registrar", "MIT")], [("dean", "HES")], [("operator", None)]])
def test_others_neither_export_nor_import(roles, client) -> None:
    put_all()
    other = person("Some Other", *roles)
    acts = (
        lambda: catalogue_file(other, "HES"),
        lambda: take(FILE, other),
        lambda: take(FILE, other, trial=True),
        lambda: actions.publish_changes(actor=other, institution="HES", now=NOW),
    )
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
    load_world()
    mine = browser(other)
    for page in ("file/", "copy/", "waiting/", "catalogue.json"):
        assert mine.get(f"/desk/catalogue/HES/{page}").status_code == 403, page
    author = person("Some Author", ("author", "HES"))
    with pytest.raises(NotPermitted, match="publish"):
        take(FILE, author, publish=True)


def test_the_same_over_the_api(client, staff) -> None:
    asked = {"file": FILE, "publish": True}
    tried = call(client, staff, "catalog_desk/HES/file", asked | {"trial": True}, key="a").json()
    assert tried["counts"]["new"] == 7 and not CourseRow.objects.exists()
    done = call(client, staff, "catalog_desk/HES/file", asked, key="b").json()
    assert done["counts"]["published"] == 6
    assert call(client, staff, "catalog_desk/HES/file").json() == catalogue_file(staff, "HES")
    wrong = call(client, staff, "catalog_desk/HES/file", {"file": {}}, key="c")
    assert wrong.status_code == 422
    body = {"year": 2018, "to_year": 2099, "valid_from": "2099-09-01"}
    assert call(client, staff, "catalog_desk/HES/requirements/copy", body, key="d").json()["counts"]["new"] == 1
    end = call(client, staff, "catalog_desk/HES/changes/publish", {}, key="e").json()
    assert end == {"published": ["HES/P1@2099"], "failed": []}


def test_the_page_shows_the_file_before_it_takes_it(monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    mine = browser(person("New Staff", ("program_staff", "HES")))
    from django.core.files.uploadedfile import SimpleUploadedFile

    def sent(content: bytes, **more):
        return mine.post(PAGE, {"do": "check", "file": SimpleUploadedFile("c.json", content), **more})

    assert sent(b"{").status_code == 422
    assert "Choose a file first" in mine.post(PAGE, {"do": "check"}).content.decode()
    answer = sent(json.dumps(FILE).encode(), publish="yes")
    form = answer.context
    assert answer.status_code == 200 and "Statistics" in answer.content.decode()
    assert not CourseRow.objects.filter(key="HES/C1").exists()
    posted = {"do": "take", "content": form["content"], "publish": "yes"}
    stale = mine.post(PAGE, posted | {"seen": "x"})
    assert stale.status_code == 409 and "Look at it again" in stale.content.decode()
    assert mine.post(PAGE, posted | {"seen": form["seen"]}).status_code == 302
    assert CourseRow.objects.get(key="HES/C1").title == "Statistics"
    written = mine.get("/desk/catalogue/HES/catalogue.json")
    again = sent(written.content)
    assert "There is nothing to do" in again.content.decode()
    copied = {"year": "2018", "to_year": "2019", "valid_from": "2019-09-01"}
    looked = mine.post("/desk/catalogue/HES/copy/", copied | {"do": "check"})
    end = mine.post("/desk/catalogue/HES/copy/", copied | {"do": "take", "seen": looked.context["seen"]})
    assert end.status_code == 302
    assert mine.post("/desk/catalogue/HES/copy/", copied | {"do": "check", "to_year": "x"}).status_code == 422
    together = mine.get("/desk/catalogue/HES/waiting/")
    assert "P1, 2019" in together.content.decode()
    done = mine.post("/desk/catalogue/HES/waiting/", {"do": "publish", "seen": together.context["seen"]})
    assert done.status_code == 302 and not ChangeRow.objects.filter(institution="HES").exists()


def test_the_command_writes_and_takes_the_file(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("django.setup", lambda: None)
    load_world()
    place = tmp_path / "catalogue.json"
    assert main(["catalogue", "export", "MITx", str(place)]) == 0
    written = json.loads(place.read_text())
    assert main(["catalogue", "import", "MITx", str(place), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["counts"]) - {"same"} == {name for name, count in told["counts"].items() if not count}
    written["courses"][0]["title"] = "Renamed"
    written["courses"].append({"code": ""})
    place.write_text(json.dumps(written))
    assert main(["catalogue", "import", "MITx", str(place), "--try"]) == 1
    assert "would be: 0 new, 1 changed" in capsys.readouterr().out
    assert main(["catalogue", "import", "MITx", str(place), "--publish"]) == 1
    assert queries.course(f"MITx/{written['courses'][0]['code']}").title == "Renamed"
    assert main(["catalogue", "import", "HES", str(place)]) == 2
