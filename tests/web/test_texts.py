"""What is typed is taken whole or refused: nothing is cut off, and no text breaks the database."""

import html
import re

import pytest
from tests.factories.people import NOW
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.pathways.queries.plans import plans_of


@pytest.fixture
def cast(monkeypatch, db):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.mark.parametrize(
    ("title", "why"),
    [("t" * 201, "Title: 201 characters. Shorten it to at most 200."), ("a\0b", "A null character")],
)
def test_a_text_that_cannot_be_kept_whole_is_refused(cast, title, why) -> None:
    learner = as_persona(cast, "learner")
    answer = learner.post("/plans/", {"title": title})
    assert (answer.status_code, why in html.unescape(answer.content.decode())) == (422, True)
    assert plans_of(cast["learner"], cast["learner"].person_id) == ()


def test_a_null_character_in_an_address_breaks_nothing(cast) -> None:
    learner = as_persona(cast, "learner")
    addresses = ["/programs/%00/x/", "/runs/%00/", "/i/%00/log/", "/schemas/%00.json", "/plans/shared/%00/"]
    assert {learner.get(address).status_code for address in addresses} <= {404, 422}
    assert learner.get("/api/v1/pathways/%00").status_code in {404, 422}


def test_a_choice_that_is_not_offered_and_too_many_are_refused(cast) -> None:
    learner = as_persona(cast, "learner")
    page = learner.get("/account/").content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    told = {"time_zone": "UTC", "locale": "en", "name": "L", "email": "yes", "topics_shown": "yes", "topic": ["studys"]}
    answer = learner.post("/account/", told | ({"seen": html.unescape(seen[1])} if seen else {}))
    assert answer.status_code == 422
    answer = learner.post("/plans/", {"title": "Many", "p": ["a"] * 51})
    assert (answer.status_code, "at most 50" in answer.content.decode()) == (422, True)
    assert plans_of(cast["learner"], cast["learner"].person_id) == ()
