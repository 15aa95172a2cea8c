"""What is published is checked before: requirement trees by path, prices that never overlap."""

from datetime import date

import pytest
from tests.factories.people import NOW, SYSTEM, person

from linkspan.catalog import actions
from linkspan.catalog.models import PriceRow
from linkspan.catalog.queries import price_in_force
from linkspan.catalog.rules import check_tree
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.money import Money

COURSE = {"course": "MITx/SC0x"}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"at_least": -1, "of": [COURSE]}, "requirements.at_least is a whole number from 1 to 1"),
        ({"at_least": 2, "of": [COURSE]}, "requirements.at_least is a whole number from 1 to 1"),
        ({"at_least": True, "of": [COURSE]}, "requirements.at_least"),
        ({"at_least": 1}, "requirements.of is a list"),
        ({"all": []}, "requirements.all is a list of 1 to 200 parts"),
        ({"all": [COURSE, {"cours": "MITx/SC1x"}]}, "requirements.all.1 has exactly one of"),
        ({"all": [COURSE | {"min_percent": "abc"}]}, "requirements.all.0.min_percent is a number from 0 to 100"),
        (COURSE | {"min_percent": "NaN"}, "requirements.min_percent"),
        (COURSE | {"min_letter": "Z"}, "requirements.min_letter is one of"),
        (COURSE | {"minpercent": 60}, "requirements.minpercent is unknown beside course"),
        (COURSE | {"exam": "CFx"}, "exactly one of"),
        ({"course": "SC0x"}, "requirements.course is the key of a course"),
        ({"program": 3}, "requirements.program"),
        ({"exam": "CFx", "valid_years": 0}, "requirements.valid_years"),
        ({}, "exactly one of"),
        ([], "requirements is an object"),
        (None, "requirements is an object"),
    ],
)
def test_a_tree_that_cannot_be_judged_is_refused_by_its_path(tree, words) -> None:
    with pytest.raises(Unusable) as no:
        check_tree(tree)
    assert no.value.code == "requirements_broken" and words in no.value.message


def test_a_sound_tree_passes_and_a_deep_one_does_not() -> None:
    tree = {"all": [COURSE | {"min_percent": "60.5"}, {"at_least": 1, "of": [{"exam": "CFx"}], "within_years": 5}]}
    check_tree(tree)
    for _ in range(20):
        tree = {"all": [tree]}
    with pytest.raises(Unusable, match="nested"):
        check_tree(tree)


def set_price(minor, day, subject="course:MITx/SC0x", institution="MITx", actor=SYSTEM):
    told = {"institution": institution, "subject": subject, "price": Money(minor, "USD"), "now": NOW}
    actions.set_price(actor=actor, valid_from=date.fromisoformat(day), **told)


@pytest.mark.django_db
@pytest.mark.parametrize("days", [("01", "03", "05"), ("05", "03", "01"), ("03", "01", "05"), ("03", "05", "01")])
def test_prices_of_one_thing_never_overlap_in_whatever_order_they_are_set(days) -> None:
    for day in days:
        set_price(int(day) * 100, f"2018-01-{day}")
    found = [price_in_force("course:MITx/SC0x", date(2018, 1, day)).minor for day in range(1, 7)]
    assert found == [100, 100, 300, 300, 500, 500]
    ends = PriceRow.objects.order_by("valid_from").values_list("valid_to", flat=True)
    assert list(ends) == [date(2018, 1, 3), date(2018, 1, 5), None]


@pytest.mark.django_db
def test_a_price_is_set_by_the_institution_of_what_it_prices() -> None:
    staff = person("Staff", ("program_staff", "HES"))
    for subject in ("course:MITx/SC0x", "program:MITx/SCM", "degree-course:MIT", "course-run:course-v1:MITx+SC0x+1"):
        with pytest.raises(NotPermitted):
            set_price(1, "2018-01-01", subject, "HES", staff)
    with pytest.raises(NotPermitted):
        set_price(1, "2018-01-01", "course:HES/X", "MITx", staff)
    set_price(1, "2018-01-01", "degree-course:HES", "HES", staff)
    for strange in ("run:course-v1:MITx+SC0x+1", "HES", "courses:HES/X", ""):
        with pytest.raises(Unusable, match="Nothing is priced as"):
            set_price(1, "2018-01-01", strange, "HES", staff)


def put_program(code, tree, institution="MITx", **more) -> None:
    told = {"actor": SYSTEM, "now": NOW}
    actions.add_program(**told, institution=institution, code=code, title=code, summary="", kind="certificate")
    key, day = f"{institution}/{code}", date(2018, 1, 1)
    year = more.pop("year", 2018)
    actions.publish_requirements(
        **told, program_key=key, catalogue_year=year, requirements=tree, valid_from=day, **more
    )


@pytest.mark.django_db
def test_a_tree_names_what_is_in_a_catalogue_or_marked_as_not_there_yet() -> None:
    course = {"institution": "MITx", "code": "SC0x", "title": "SC0x", "summary": "", "credits": None}
    actions.add_course(actor=SYSTEM, now=NOW, **course)
    for tree, named in (
        ({"course": "MITx/SC0"}, "MITx/SC0"),
        ({"all": [{"course": "MITx/SC0x"}, {"course": "Elsewhere/X"}]}, "Elsewhere/X"),
        ({"program": "MITx/NONE"}, "MITx/NONE"),
    ):
        with pytest.raises(Unusable, match=f"No catalogue here has {named}") as no:
            put_program("A", tree)
        assert (no.value.code, no.value.reasons) == ("requirements_unknown", (named,))
    put_program("A", {"all": [{"course": "MITx/SC0x"}, {"course": "MITx/SC9x"}]}, not_here_yet=["MITx/SC9x"])
    put_program("B", {"program": "MITx/A"})


@pytest.mark.django_db
def test_a_program_does_not_ask_for_itself_by_others() -> None:
    with pytest.raises(Unusable, match="asks for MITx/A itself"):
        put_program("A", {"program": "MITx/A"}, not_here_yet=["MITx/A"])
    put_program("A", {"exam": "E"})
    put_program("B", {"program": "MITx/A"})
    put_program("C", {"all": [{"exam": "F"}, {"program": "MITx/B"}]})
    with pytest.raises(Unusable, match="asks for MITx/A itself") as no:
        put_program("A", {"program": "MITx/C"}, year=2019)
    assert no.value.code == "requirements_circular"
