"""The file of a catalogue holds all of it: exams, degrees, terms, grading and prices by need too, without a loss."""

import copy
import json
from dataclasses import asdict, replace

import pytest
from jsonschema import Draft202012Validator
from tests.api.test_verbs import call
from tests.catalog.test_changes import COURSE, PRICE, PROGRAM, RUN
from tests.catalog.test_files import HEAD, RATE, outcomes, take
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world
from tests.recognition.test_catalogue import DEGREE

from linkspan.catalog import actions, queries
from linkspan.catalog.models import ChangeRow, CourseRow, CourseRunRow, PriceRow, ProgramRow, ProgramVersionRow, TermRow
from linkspan.catalog.rules import Invalid, Kind
from linkspan.credentials.models import AlignmentRow, GradingPolicyRow
from linkspan.exams.models import ExamRow, ExamVersionRow, SeriesRow, SeriesVersionRow
from linkspan.exams.rules import Difficulty
from linkspan.finance.models import ExchangeRateRow, NeedScheduleRow
from linkspan.finance.queries import catalogue_file
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import Refused
from linkspan.pathways.engines.schemas import SCHEMAS
from linkspan.recognition.actions import enter_degree
from linkspan.recognition.models import DegreeRow

pytestmark = pytest.mark.django_db
TREE = {"all": [{"course": "HES/C1", "min_percent": 60}, {"exam": "X1"}]}
REQUIREMENTS = {"program": "P1", "catalogue_year": 2018, "valid_from": "2018-09-01", "requirements": TREE}
TERM = {"code": "F18", "title": "Fall 2018", "starts": "2018-09-04", "ends": "2018-12-20", "census": "2018-10-15"}
EXAM = {
    "code": "X1",
    "program": "P1",
    "title": "Final",
    "minutes": 90,
    "pass_percent": "60",
    "attempts_allowed": 2,
    "courses": ["HES/C1"],
    "draw": [{"group": "probability", "count": 2, "difficulty": "easy"}],
}
POLICY = {"course_weight": "60", "exam_weight": "40", "attempts": "best", "bands": {"A": "90"}, "pass_percent": "60"}
GRADING = {"program": "P1", "valid_from": "2018-10-01", "policy": POLICY}
TERMS = {"tiers": [{"up_to": "0.5", "percent": "90"}], "thresholds": {"KE": 120050}, "default_threshold": 2000000}
SCHEDULE = {"valid_from": "2018-10-01", "currency": "USD", "terms": TERMS}
SERIES = {"code": "CFX", "program": "P1", "title": "All exams", "exams": ["X1"], "completion": "weighted_mean"}
SERIES |= {"weights": ["2.5"], "pass_percent": "55.5", "in_order": True, "one_fee": True}
ALIGNED = {"achievement": "P1", "target_name": "Data <b>analysis", "target_url": "https://frameworks.example/ce-1"}
DEGREE_ENTRY = {"program": "ALM", "from_year": 2018, "degree": DEGREE, "reason": "Faculty vote of May."}
LATER = {
    "terms": [TERM],
    "exams": [EXAM],
    "grading": [GRADING],
    "need_schedules": [SCHEDULE],
    "degrees": [DEGREE_ENTRY],
}
NEWEST = {"series": [SERIES], "alignments": [ALIGNED, ALIGNED | {"achievement": "C1", "target_code": "ce-1"}]}
WHOLE = HEAD | {
    "version": 3,
    "courses": [COURSE],
    "runs": [RUN],
    "programs": [PROGRAM],
    "requirements": [REQUIREMENTS],
    "prices": [PRICE, PRICE | {"subject": "exam:X1", "minor": 5000}],
    "rates": [RATE],
    **LATER,
    **NEWEST,
}
TABLES = (
    PriceRow,
    ProgramVersionRow,
    ProgramRow,
    CourseRunRow,
    CourseRow,
    TermRow,
    GradingPolicyRow,
    AlignmentRow,
    NeedScheduleRow,
    DegreeRow,
    ExchangeRateRow,
)
HERE = "/desk/catalogue/HES/"


def counts() -> list[int]:
    exams = (ExamRow, ExamVersionRow, SeriesRow, SeriesVersionRow)
    return [table.objects.count() for table in (*TABLES, *exams, ChangeRow)]


def empty() -> None:
    ExamRow.objects.update(in_force=None)
    for table in (SeriesVersionRow, SeriesRow, ExamVersionRow, ExamRow, *TABLES, ChangeRow):
        table.objects.all().delete()


def both(name: str):
    return person(name, ("program_staff", "HES"), ("registrar", "HES"))


def as_text(found) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("who", ["both", "system"])
def test_what_goes_out_comes_in_elsewhere_and_goes_out_the_same_to_the_byte(who) -> None:
    actor = SYSTEM if who == "system" else both("New Staff")
    before = counts()
    looked = take(WHOLE, actor, trial=True, publish=True)
    assert counts() == before and outcomes(looked) == {"new": 15}
    assert outcomes(take(WHOLE, actor, publish=True)) == {"published": 14, "new": 1}
    first = catalogue_file(actor, "HES")
    assert Draft202012Validator(SCHEMAS["catalogue"]()).is_valid(first)
    held = {name: len(rows) for name, rows in first.items() if isinstance(rows, list)}
    assert held == {name: len(rows) for name, rows in WHOLE.items() if isinstance(rows, list)}
    for again in (WHOLE, first):
        after = counts()
        assert outcomes(take(again, actor, publish=True)) == {"same": 15} and counts() == after
    empty()
    assert outcomes(take(json.loads(as_text(first)), SYSTEM, publish=True)) == {"published": 14, "new": 1}
    assert as_text(catalogue_file(actor, "HES")) == as_text(first)


def test_an_exam_comes_without_its_questions_and_a_changed_one_becomes_a_draft() -> None:
    staff = both("New Staff")
    take(WHOLE, staff, publish=True)
    version = ExamVersionRow.objects.get()
    told = {"group": "probability", "prompt": "secret-question", "difficulty": Difficulty.EASY}
    version.bank = [asdict(replace(item, **told)) for item in make.BANK]
    version.seb_settings = {"quit_password": "secret-quit"}
    version.published_at, version.published_by = NOW, "Somebody"
    version.save()
    ExamRow.objects.update(in_force=version)
    assert "secret" not in as_text(catalogue_file(staff, "HES"))
    told = WHOLE | {"exams": [EXAM | {"minutes": 100, "draw": []}]}
    (undrawn,) = take(HEAD | {"version": 2, "exams": [EXAM | {"draw": [EXAM["draw"][0] | {"count": 99}]}]}, staff)
    assert (undrawn.outcome, [name for name, _ in undrawn.errors]) == ("refused", ["draw"])
    (changed,) = [one for one in take(told, staff, publish=True) if one.outcome != "same"]
    assert (changed.place, changed.outcome) == ("exams.0", "published")
    version.refresh_from_db()
    draft = ExamVersionRow.objects.get(published_at=None)
    assert (version.duration_minutes, draft.duration_minutes, draft.number) == (90, 100, 2)
    assert ExamRow.objects.get().in_force_id == version.id, "its publication stays with who makes exams"
    assert outcomes(take(told, staff, publish=True)) == {"same": 15}


WRONG = {
    "terms": [
        ({"code": "F20", "ends": "2018-01-01"}, "ends"),
        ({"code": "F21", "starts": "2021-09-01", "ends": "2021-12-20"}, "census"),
        ({"code": "F19", "starts": "2018-12-01", "ends": "2019-01-31", "census": None}, "starts"),
    ],
    "exams": [
        ({"code": "X2", "minutes": 0}, "minutes"),
        ({"code": "X3", "program": "P9"}, "program"),
        ({"code": "X4", "courses": ["MIT/none"]}, "courses"),
        ({"code": "X5", "bank": []}, "bank"),
    ],
    "grading": [
        ({"valid_from": "2018-11-01", "policy": {}}, "policy"),
        ({"valid_from": "2018-11-02", "policy": POLICY | {"exam_weight": float("nan")}}, "policy"),
        ({"policy": POLICY | {"pass_percent": "50"}}, ""),
        ({"program": "P9"}, "program"),
    ],
    "series": [
        ({"code": "S2", "exams": ["X1", "X9"], "weights": []}, "exams"),
        ({"code": "S3", "exams": ["X1", "X1"], "weights": []}, "exams"),
        ({"code": "S4", "weights": ["1", "2"]}, "weights"),
        ({"code": "S5", "weights": ["0"]}, "weights.0"),
        ({"code": "S6", "program": "P9"}, "program"),
        ({"code": "X1"}, "code"),
        ({"code": "S7", "completion": "any"}, "completion"),
        ({"code": "S8", "completion": "best_results", "best": 2, "weights": []}, "best"),
    ],
    "alignments": [
        ({"achievement": "P9"}, "achievement"),
        ({"target_url": "http://frameworks.example/"}, "target_url"),
        ({"target_url": "javascript:alert(1)"}, "target_url"),
        ({"target_url": "https://" + "a" * 600}, "target_url"),
        ({"target_name": ""}, "target_name"),
        ({}, ""),
    ],
    "need_schedules": [
        ({"valid_from": "2018-11-01", "terms": {}}, "terms"),
        ({"valid_from": "2018-11-02", "terms": TERMS | {"note": "\0"}}, "terms"),
    ],
    "degrees": [
        ({"from_year": 2019, "degree": {"slots": []}}, "degree"),
        ({"from_year": 2020, "degree": DEGREE | {"institution": "MIT"}}, "degree"),
        ({"reason": " ", "from_year": 2021}, "reason"),
        ({"from_year": "2019"}, "from_year"),
    ],
}


def test_each_that_cannot_be_used_is_named_and_a_trial_says_the_same() -> None:
    staff, told = both("New Staff"), copy.deepcopy(WHOLE)
    for name, cases in WRONG.items():
        told[name] = [*told[name], *({**told[name][0], **change} for change, _field in cases), 5]
    looked = take(told, staff, trial=True, publish=True)
    found = take(told, staff, publish=True)
    assert [one.told()["errors"] for one in looked] == [one.told()["errors"] for one in found]
    fields = {one.place: [name for name, _ in one.errors] for one in found if one.errors}
    for name, cases in WRONG.items():
        for at, (_change, field) in enumerate(cases, len(WHOLE[name])):
            assert fields[f"{name}.{at}"] == [field], (name, at, fields)
    assert outcomes(found)["published"] == 14


def test_a_file_of_the_first_version_knows_no_later_list_and_is_still_read() -> None:
    for name, rows in LATER.items():
        with pytest.raises(Invalid) as no:
            take(HEAD | {name: rows})
        assert list(no.value.fields) == [name]
    for name, rows in NEWEST.items():
        with pytest.raises(Invalid) as no:
            take(HEAD | {"version": 2, name: rows})
        assert list(no.value.fields) == [name]
    old = {name: value for name, value in WHOLE.items() if name not in LATER | NEWEST} | {"version": 1}
    old["prices"] = [PRICE]
    assert outcomes(take(old, publish=True)) == {"published": 5, "new": 1}


def test_each_kind_is_published_by_who_decides_on_it() -> None:
    staff, registrar = person("Some Staff", ("program_staff", "HES")), person("Some Registrar", ("registrar", "HES"))
    found = {one.place: one.outcome for one in take(WHOLE, staff, publish=True)}
    assert found.pop("degrees.0") == "new" and set(found.values()) == {"published", "new"}
    (waits,) = queries.changes_at(staff, "HES")
    assert queries.changes_to_publish_at(staff, "HES") == () != queries.changes_to_publish_at(registrar, "HES")
    assert [one.kind for one in actions.publish_changes(actor=registrar, institution="HES", now=NOW).done] == ["degree"]
    assert DegreeRow.objects.get().recorded_by == "Some Registrar" and waits.preparer == "Some Staff"


def test_a_degree_takes_a_second_person_at_every_door_where_two_publish(client) -> None:
    first, second = person("First Registrar", ("registrar", "HES")), person("Second Registrar", ("registrar", "HES"))
    actions.set_catalog_four_eyes(actor=first, institution="HES", four_eyes=True, now=NOW)
    told = {"institution": "HES", "program": "ALM", "from_year": 2018, "reason": "Vote."}
    with pytest.raises(Refused) as no:
        enter_degree(actor=first, **told, data=DEGREE, now=NOW)
    assert no.value.code == "second_person_publishes"
    answer = call(client, first, "catalog_desk/HES/degrees", DEGREE_ENTRY, key="a").json()
    path = f"catalog_desk/changes/{answer['change']['id']}/publish"
    assert call(client, first, path, {"seen": answer["change"]["seen"]}, key="b").status_code == 409
    assert call(client, second, path, {"seen": "another"}, key="c").status_code == 409
    assert not DegreeRow.objects.exists()
    done = call(client, second, path, {"seen": answer["change"]["seen"]}, key="d")
    assert done.status_code == 200, done.content
    row = DegreeRow.objects.get()
    assert (row.recorded_by, [entry.verb for entry in trail_of(f"recognition.degree:{row.id}")]) == (
        "Second Registrar",
        ["enter_degree"],
    )
    far = person("Far Registrar", ("registrar", "MIT"))
    assert call(client, far, "catalog_desk/HES/degrees", DEGREE_ENTRY, key="e").status_code == 403


def test_degrees_are_entered_in_a_form_and_copied_and_what_waits_is_told_in_words(monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    mine, page = browser(both("New Registrar")), f"{HERE}degrees/"
    assert mine.get(f"{HERE}degree/enter/")["Location"] == page
    names = ("slot", "title", "courses", "credits", "after", "required")
    rows = [("core", "Core", "7", "4", "", "HES/C1, HES/C2"), ("capstone", "", "x", "", "core", "")]
    form = {f"place-{name}": list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    form |= {"program": "ALM", "from_year": "2018", "credits": "40", "load-fall": "16", "reason": "Vote <of> May."}
    form |= {"1-last": "yes", "1-spring": "yes", "campus-fall": "yes", "do": "save"}
    form["seen"] = mine.get(page).context["form"].seen
    wrong = mine.post(page, form)
    shown = wrong.content.decode()
    assert wrong.status_code == 422 and 'value="HES/C1, HES/C2"' in shown and "Vote &lt;of&gt; May." in shown
    assert 'name="1-last" value="yes" checked' in shown and 'name="0-last" value="yes" checked' not in shown
    grown = mine.post(page, form | {"do": "add"}).content.decode()
    assert grown.count('name="place-slot"') == 3
    assert mine.post(f"{page}?at=0", form | {"do": "remove"}).content.decode().count('name="place-slot"') == 1
    form["place-courses"] = ["7", "1"]
    saved = mine.post(page, form)
    look = mine.get(saved["Location"])
    assert "Core: 7" in look.content.decode() and "Taken last" in look.content.decode()
    assert mine.post(saved["Location"], {"do": "publish", "seen": look.context["seen"]}).status_code == 302
    row = DegreeRow.objects.get(institution="HES", program="ALM", from_year=2018)
    assert row.data == {
        "slots": [
            {"slot": "core", "courses": 7, "title": "Core", "credits": "4", "required": ["HES/C1", "HES/C2"]},
            {"slot": "capstone", "courses": 1, "after": "core", "last": True},
        ],
        "credits": "40",
        "load": {"fall": "16"},
        "offered": {"capstone": ["spring"]},
        "on_campus_offered": ["fall"],
    }
    listed = mine.get(f"{HERE}degree/").content.decode()
    assert "ALM, 2018" in listed and "?of=HES/ALM%402018" in listed
    copied = mine.get(f"{page}?of=HES/ALM@2018").context["form"]
    assert (copied.head["from_year"], copied.places[0].texts["required"]) == ("2019", "HES/C1, HES/C2")
    for kind in (Kind.EXAM, Kind.SERIES, Kind.GRADING, Kind.ALIGNMENT, Kind.SCHEDULE):
        assert mine.get(f"{HERE}{kind}/").status_code == 200
        assert mine.get(f"{HERE}{kind}/enter/").status_code == 302
    far = browser(person("Far Registrar", ("registrar", "MIT")))
    assert far.get(page).status_code == far.post(page, form).status_code == 403
    take(WHOLE | {"degrees": [DEGREE_ENTRY | {"from_year": 2020}]}, both("New Staff"))
    shown = browser(both("Another Registrar")).get(f"{HERE}waiting/").content.decode()
    for words in (
        "probability: 2 (easy)",
        "Courses count 60",
        "A from 90",
        "90% off",
        "elective: 2",
        "All exams (CFX)",
    ):
        assert words in shown, words
