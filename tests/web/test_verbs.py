"""A post does what one of the page's verbs says; anything else is 422, and no row of any table changes."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern
from tests.admissions.test_terms import applied, decide, put_agreement
from tests.factories.awards import ask_for_four_eyes
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.rules import Role
from linkspan.credentials import actions, queries
from linkspan.kernel.ids import new_id
from linkspan.web import rosters
from linkspan.web.urls import urlpatterns

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "linkspan" / "web" / "templates"
OFFERED = re.compile(r'name="do" value="([^"]*)"')
DUMMIES = {"UUIDConverter": lambda: str(new_id()), "IntConverter": lambda: "1"}
WITH_VERBS = [pattern for pattern in urlpatterns if hasattr(pattern.callback, "verbs")]


def address(pattern: URLPattern) -> str:
    """An address of the pattern."""
    named = {
        name: DUMMIES.get(type(converter).__name__, lambda: "MIT")()
        for name, converter in pattern.pattern.converters.items()
    }
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: named[found[1]], str(pattern.pattern))


def rows() -> Counter[tuple[str, str]]:
    """Every row of every table."""
    models = [model for model in apps.get_models() if model._meta.managed]
    return Counter((model._meta.label, repr(row)) for model in models for row in model.objects.values_list())


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.fixture
def everybody(world) -> Client:
    """A person with every role, here and there: nothing is refused for who asks."""
    places = ["MITx", "MIT", "HES"]
    roles = [(role, None if role in ("auditor", "operator") else place) for role in Role for place in places]
    return browser(person("Every Body", *dict.fromkeys(roles)))


def near(verb: str) -> dict[str, object]:
    """What is nearly that verb, by what is wrong with it."""
    other_case = verb.swapcase()
    return {
        "misspelt": f"{verb}t",
        "other case": other_case,
        "empty": "",
        "blank before": f" {verb}",
        "twice": [verb, verb],
        "two at once": [verb, other_case],
        "ended early": f"{verb}\x00",
    }


@pytest.mark.parametrize("wrong", near("accept"))
def test_an_unknown_verb_changes_nothing(everybody, wrong) -> None:
    before = rows()
    for pattern in urlpatterns:
        for verb in getattr(pattern.callback, "verbs", ["accept"]):
            answer = everybody.post(address(pattern), {"do": near(verb)[wrong], "reason": "A note."})
            assert answer.status_code == 422, (address(pattern), verb)
    assert rows() == before


def test_no_verb_changes_nothing(everybody) -> None:
    before = rows()
    for pattern in WITH_VERBS:
        answer = everybody.post(address(pattern), {"reason": "A note typed first."})
        assert answer.status_code == 422, address(pattern)
    assert rows() == before


def test_what_pages_offer_is_what_views_take() -> None:
    offered = {verb for path in TEMPLATES.rglob("*.html") for verb in OFFERED.findall(path.read_text())}
    offered |= {str(verb) for verb in rosters.Out}  # of the list's acts on many, which its rows have none of
    offered.remove("{{ verb }}")  # a list's acts on many, and the page that asks before one of them is done
    assert offered == {str(verb) for pattern in WITH_VERBS for verb in pattern.callback.verbs}


def test_an_offer_an_application_and_an_award_stand(world) -> None:
    """The three cases of real objects: an offer, an application that waits, an award for the second person."""
    put_agreement("hes-open")
    learner, offered = applied(world, agreement="hes-open")
    decide(world, offered, True, "So.")
    _other, waiting = applied(world, "Bo B", agreement="hes-open")
    put_grades(world["learner"])
    ask_for_four_eyes()
    actions.award_program(actor=SYSTEM, learner_id=world["learner"].person_id, program_key="MITx/SCM", now=NOW)
    (award,) = queries.waiting_awards(world["mitx-registrar"])
    staff, own, second = (browser(one) for one in (world["hes-admissions"], learner, world["mitx-registrar"]))
    before = rows()
    answers = [
        own.post(f"/applications/{offered}/answer/", {"do": "acept"}),
        staff.post(f"/applications/{waiting}/decide/", {"reason": "a note typed first"}),
        second.post("/desk/credentials/awards/", {"award": award.id, "do": "refuze", "reason": "It was not hers."}),
        second.post("/desk/credentials/four-eyes/MITx/", {"four_eyes": "nope"}),
        own.post("/credentials/display/", {"show": "hush"}),
        own.post("/account/", {"email": "no", "time_zone": "UTC", "locale": "en", "name": "Ana"}),
    ]
    assert [answer.status_code for answer in answers] == [422] * len(answers)
    assert rows() == before
