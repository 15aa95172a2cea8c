"""Entries are prepared, then published; what is wrong is said by field, and nobody else publishes or reads."""

from datetime import date
from decimal import Decimal

import pytest
from tests.api.test_verbs import call
from tests.factories.people import NOW, SYSTEM, person

from linkspan.accounts.rules import Role
from linkspan.catalog import actions, queries
from linkspan.catalog.engines.entries import read_entry
from linkspan.catalog.models import ChangeRow, CourseRow, PriceRow
from linkspan.catalog.rules import Invalid, Kind
from linkspan.kernel import audit
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.versions import Changed, version_of

pytestmark = pytest.mark.django_db
COURSE = {"code": "C1", "title": "Statistics", "summary": "", "credits": "3"}
RUN = {
    "id": "course-v1:HES+C1+1T2019",
    "course": "C1",
    "starts": "2019-01-10T00:00:00+00:00",
    "ends": "2019-05-10T00:00:00+00:00",
    "enrolment_opens": "2018-11-01T00:00:00+00:00",
    "enrolment_closes": "2019-02-01T00:00:00+00:00",
    "upgrade_by": "2019-02-01T00:00:00+00:00",
    "time_zone": "America/New_York",
}
PROGRAM = {"code": "P1", "title": "Program", "summary": "", "kind": "certificate"}
TREE = {"all": [{"course": "HES/C1", "min_percent": 60}]}
REQUIREMENTS = {"program": "P1", "catalogue_year": 2018, "valid_from": "2018-10-03", "requirements": TREE}
PRICE = {"subject": "course:HES/C1", "minor": 15000, "currency": "USD", "valid_from": "2018-10-03"}
ALL = {
    Kind.COURSE: COURSE,
    Kind.RUN: RUN,
    Kind.PROGRAM: PROGRAM,
    Kind.REQUIREMENTS: REQUIREMENTS,
    Kind.PRICE: PRICE,
}


def prepare(kind, told, actor=SYSTEM, institution="HES", **more):
    return actions.prepare_change(actor=actor, institution=institution, kind=kind, told=told, now=NOW, **more)


def publish(kind, told, actor=SYSTEM):
    return actions.publish_change(actor=actor, change_id=prepare(kind, told, actor).id, now=NOW)


def put_all(until: Kind | None = None, actor=SYSTEM) -> None:
    for kind, told in ALL.items():
        if kind is until:
            return
        publish(kind, told, actor)


def test_each_kind_becomes_public_when_it_is_published_and_not_before() -> None:
    staff = person("Staff", ("program_staff", "HES"))
    for kind, told in ALL.items():
        waiting = prepare(kind, told, staff)
        assert queries.published_entry("HES", kind, waiting.key) is None
        actions.publish_change(actor=staff, change_id=waiting.id, now=NOW)
        assert queries.published_entry("HES", kind, waiting.key) == waiting.content
        assert prepare(kind, told, staff) is None, "the same again changes nothing"
    assert not ChangeRow.objects.exists()
    assert queries.course("HES/C1").credits == Decimal("3.00")
    assert queries.program("HES/P1", NOW.date()).requirements == TREE
    assert queries.price_in_force("course:HES/C1", NOW.date()) == Money(15000, "USD")
    told = [entry.verb for entry in audit.trail_of("catalog.course:HES/C1")]
    assert told == ["prepare_change", "add_course"]


def test_a_published_entry_is_changed_by_the_same_verb() -> None:
    put_all()
    publish(Kind.COURSE, COURSE | {"title": "More statistics"})
    publish(Kind.RUN, RUN | {"upgrade_by": "2019-03-01T00:00:00+00:00"})
    publish(Kind.PROGRAM, PROGRAM | {"kind": "micromasters"})
    assert queries.course("HES/C1").title == "More statistics"
    assert queries.course_run(RUN["id"]).upgrade_by.date() == date(2019, 3, 1)
    assert queries.program("HES/P1", NOW.date()).kind == "micromasters"
    (entry,) = [entry for entry in audit.trail_of("catalog.course:HES/C1") if entry.verb == "change_entry"]
    assert (entry.before["title"], entry.after["title"]) == ("Statistics", "More statistics")


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        (Kind.COURSE, {"code": ""}, "code"),
        (Kind.COURSE, {"code": "A B"}, "code"),
        (Kind.COURSE, {"code": "x" * 61}, "code"),
        (Kind.COURSE, {"title": " "}, "title"),
        (Kind.COURSE, {"title": "t" * 201}, "title"),
        (Kind.COURSE, {"title": "a\0b"}, "title"),
        (Kind.COURSE, {"title": "\ud800"}, "title"),
        (Kind.COURSE, {"title": 5}, "title"),
        (Kind.COURSE, {"summary": "s" * 5001}, "summary"),
        (Kind.COURSE, {"credits": "-1"}, "credits"),
        (Kind.COURSE, {"credits": "61"}, "credits"),
        (Kind.COURSE, {"credits": "NaN"}, "credits"),
        (Kind.COURSE, {"credits": 1.5}, "credits"),
        (Kind.COURSE, {"credits": True}, "credits"),
        (Kind.COURSE, {"credits": []}, "credits"),
        (Kind.COURSE, {"owner": "MIT"}, "owner"),
        (Kind.RUN, {"course": "C9"}, "course"),
        (Kind.RUN, {"id": "course-v1:MITx+C1+1T2019"}, "id"),
        (Kind.RUN, {"id": "C1"}, "id"),
        (Kind.RUN, {"ends": "2018-01-10T00:00:00+00:00"}, "ends"),
        (Kind.RUN, {"starts": "2019-01-10T00:00:00"}, "starts"),
        (Kind.RUN, {"starts": 1700000000}, "starts"),
        (Kind.RUN, {"starts": "1700000000"}, "starts"),
        (Kind.RUN, {"enrolment_closes": "2018-01-01T00:00:00+00:00"}, "enrolment_closes"),
        (Kind.RUN, {"upgrade_by": "2020-01-01T00:00:00+00:00"}, "upgrade_by"),
        (Kind.RUN, {"time_zone": "Mars/Base"}, "time_zone"),
        (Kind.PROGRAM, {"kind": "diploma"}, "kind"),
        (Kind.REQUIREMENTS, {"program": "P9"}, "program"),
        (Kind.REQUIREMENTS, {"catalogue_year": "2018"}, "catalogue_year"),
        (Kind.REQUIREMENTS, {"catalogue_year": True}, "catalogue_year"),
        (Kind.REQUIREMENTS, {"requirements": {"course": "HES/C9"}}, "requirements"),
        (Kind.REQUIREMENTS, {"requirements": {"program": "HES/P1"}}, "requirements"),
        (Kind.REQUIREMENTS, {"requirements": {"course": "HES/C1", "min_percent": 60.5}}, "requirements"),
        (Kind.REQUIREMENTS, {"requirements": {"course": "HES/C1", "min_letter": []}}, "requirements"),
        (Kind.REQUIREMENTS, {"requirements": {"all": [{"all": [{"course": "HES/C1"}] * 200}] * 3}}, "requirements"),
        (Kind.REQUIREMENTS, {"requirements": []}, "requirements"),
        (Kind.PRICE, {"minor": -1}, "minor"),
        (Kind.PRICE, {"minor": "1"}, "minor"),
        (Kind.PRICE, {"minor": True}, "minor"),
        (Kind.PRICE, {"currency": "usd"}, "currency"),
        (Kind.PRICE, {"subject": "course:MITx/SC0x"}, "subject"),
        (Kind.PRICE, {"subject": "course:HES/C9"}, "subject"),
        (Kind.PRICE, {"subject": "HES/C1"}, "subject"),
        (Kind.PRICE, {"valid_from": "soon"}, "valid_from"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(kind, wrong, field) -> None:
    put_all(until=kind)
    with pytest.raises(Invalid) as no:
        prepare(kind, ALL[kind] | wrong)
    assert list(no.value.fields) == [field]
    assert not ChangeRow.objects.exists()


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Invalid) as no:
        prepare(Kind.COURSE, {"code": "", "credits": "x"})
    assert no.value.fields == {"code": "Fill this in.", "title": "Fill this in.", "credits": "Enter a number."}
    with pytest.raises(Invalid) as no:
        prepare(Kind.COURSE, COURSE | {"title": " ", "summary": "s" * 5001})
    assert no.value.fields == {"title": "Fill this in.", "summary": "Shorten it to at most 5000."}
    for strange in (None, [], "x", 5):
        with pytest.raises(Invalid):
            prepare(Kind.COURSE, strange)


def test_the_past_stays_for_people() -> None:
    put_all()
    staff = person("Staff", ("program_staff", "HES"))
    for kind, told in (
        (Kind.PRICE, PRICE | {"valid_from": "2018-09-01"}),
        (Kind.PRICE, PRICE | {"minor": 1}),
        (Kind.REQUIREMENTS, REQUIREMENTS | {"catalogue_year": 2017, "valid_from": "2017-01-01"}),
        (Kind.REQUIREMENTS, REQUIREMENTS | {"catalogue_year": 2019}),
    ):
        with pytest.raises(Invalid) as no:
            prepare(kind, told, staff)
        assert list(no.value.fields) == ["valid_from"]
    with pytest.raises(Invalid, match="Nothing was saved") as no:
        prepare(Kind.REQUIREMENTS, REQUIREMENTS | {"requirements": {"exam": "E"}}, staff)
    assert list(no.value.fields) == ["catalogue_year"]


def test_an_older_page_erases_nothing() -> None:
    put_all(until=Kind.RUN)
    shown = version_of(queries.published_entry("HES", Kind.COURSE, "HES/C1"))
    prepare(Kind.COURSE, COURSE | {"title": "Newer"}, seen=shown)
    for seen in (shown, version_of({})):
        with pytest.raises(Changed) as no:
            prepare(Kind.COURSE, COURSE | {"title": "Older"}, seen=seen)
        assert no.value.saved["title"] == "Newer"
    prepare(Kind.COURSE, COURSE | {"title": "Older"}, seen=no.value.version)
    assert ChangeRow.objects.get().content["title"] == "Older"


def test_what_is_published_is_what_was_looked_at() -> None:
    waiting = prepare(Kind.COURSE, COURSE)
    prepare(Kind.COURSE, COURSE | {"title": "Other"})
    with pytest.raises(Refused, match="changed since"):
        actions.publish_change(actor=SYSTEM, change_id=waiting.id, now=NOW, seen=version_of(waiting.content))
    actions.add_course(
        actor=SYSTEM, institution="HES", code="C1", title="By another way", summary="", credits=None, now=NOW
    )
    with pytest.raises(Refused, match="changed since"):
        actions.publish_change(actor=SYSTEM, change_id=waiting.id, now=NOW)
    assert queries.course("HES/C1").title == "By another way"


def test_a_second_person_publishes_where_the_institution_asks_for_it() -> None:
    one, two = person("One", ("registrar", "HES")), person("Two", ("program_staff", "HES"))
    with pytest.raises(NotPermitted):
        actions.set_catalog_four_eyes(actor=two, institution="HES", four_eyes=True, now=NOW)
    actions.set_catalog_four_eyes(actor=one, institution="HES", four_eyes=True, now=NOW)
    waiting = prepare(Kind.COURSE, COURSE, one)
    with pytest.raises(Refused, match="Another person") as no:
        actions.publish_change(actor=one, change_id=waiting.id, now=NOW)
    assert no.value.code == "second_person" and not CourseRow.objects.exists()
    actions.publish_change(actor=two, change_id=waiting.id, now=NOW)
    mine = prepare(Kind.COURSE, COURSE | {"title": "Two's"}, two)
    with pytest.raises(Refused):
        actions.publish_change(actor=two, change_id=mine.id, now=NOW)


EDIT, PUBLISH = {"program_staff", "registrar", "author"}, {"program_staff", "registrar"}


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("at", ["HES", "MIT"])
def test_who_may(role, at) -> None:
    scope = None if role in ("auditor", "operator") else at
    actor = person("Some Body", *([(role, scope)] if role else []))
    waiting = prepare(Kind.COURSE, COURSE)
    here = at == "HES"

    def may(act) -> bool:
        try:
            act()
        except (NotPermitted, NotFound):
            return False
        except LinkspanError:
            return True
        return True

    edits = here and role in EDIT
    assert may(lambda: queries.entries_at(actor, "HES", Kind.COURSE)) == edits
    assert may(lambda: queries.changes_at(actor, "HES")) == edits
    assert may(lambda: queries.change(actor, waiting.id)) == edits
    assert may(lambda: prepare(Kind.COURSE, COURSE | {"code": "C2"}, actor)) == edits
    four = may(lambda: actions.set_catalog_four_eyes(actor=actor, institution="HES", four_eyes=False, now=NOW))
    assert four == (here and role == "registrar")
    published = may(lambda: actions.publish_change(actor=actor, change_id=waiting.id, now=NOW))
    assert published == (here and role in PUBLISH)
    other = prepare(Kind.COURSE, COURSE | {"code": "C3"})
    assert may(lambda: actions.discard_change(actor=actor, change_id=other.id, now=NOW)) == edits


def test_the_same_over_the_api(client) -> None:
    staff = person("Staff", ("program_staff", "HES"))
    made = call(client, staff, "catalog_desk/HES/courses", COURSE, key="a").json()["change"]
    assert made["content"]["title"] == "Statistics" and made["before"] is None
    listed = call(client, staff, "catalog_desk/HES/changes").json()
    assert [row["id"] for row in listed] == [made["id"]]
    stale = call(client, staff, f"catalog_desk/changes/{made['id']}/publish", {"seen": "x"}, key="b")
    assert stale.status_code == 409
    done = call(client, staff, f"catalog_desk/changes/{made['id']}/publish", {"seen": made["seen"]}, key="c")
    assert done.json() == {"published": "HES/C1"}
    found = call(client, staff, "catalog_desk/HES/entries/course?q=stat").json()
    assert (found["total"], found["entries"][0]["content"]["credits"]) == (1, "3.00")
    wrong = call(client, staff, "catalog_desk/HES/runs", RUN | {"time_zone": "Mars"}, key="d")
    assert (wrong.status_code, wrong.json()["reasons"][0][:9]) == (422, "time_zone")
    assert call(client, staff, "catalog_desk/HES/courses", {"code": "", "title": "x"}, key="e").status_code == 422
    other = person("Other", ("registrar", "MIT"))
    assert call(client, other, "catalog_desk/HES/courses", COURSE, key="f").status_code == 403
    assert call(client, other, "catalog_desk/HES/changes").status_code == 403


def test_two_set_a_price_of_one_day_and_one_stands() -> None:
    put_all()
    waiting = prepare(Kind.PRICE, PRICE | {"minor": 2, "valid_from": "2019-01-01"})
    actions.set_price(
        actor=SYSTEM, institution="HES", subject="course:HES/C1", price=Money(1, "USD"),
        valid_from=date(2019, 1, 1), now=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="changed since"):
        actions.publish_change(actor=SYSTEM, change_id=waiting.id, now=NOW)
    assert list(PriceRow.objects.order_by("valid_from").values_list("minor", flat=True)) == [15000, 1]


@pytest.mark.parametrize(
    "told",
    [
        {"code": "a b", "title": "", "credits": "x", "more": 1},
        {"code": "\0", "title": "T" * 201, "credits": 61},
        {"title": 5, "code": "", "credits": "1.001", "summary": "\0"},
    ],
)
def test_what_is_wrong_with_a_field_can_be_translated(told) -> None:
    with pytest.raises(Invalid) as no:
        read_entry(Kind.COURSE, told)
    assert {name for name, words in no.value.fields.items() if isinstance(words, Sentence)} == set(told)
