"""Grades go on record after the end of the run, or with a reason; before that the gradebook shows them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api.test_verbs import call
from tests.factories.acts import confirmed
from tests.factories.awards import RUN, verify_track
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.catalog.queries import course_run
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotPermitted, Refused
from linkspan.records import actions, queries
from linkspan.records.models import FactRow
from linkspan.site.sample import story
from linkspan.site.sample.load import world

pytestmark = pytest.mark.django_db
PAGE = f"/desk/runs/{RUN}/gradebook/"


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    found = load_world()
    story.load_courses(world())
    verify_track(found["learner"])
    return found


def test_before_the_end_of_the_run_a_grade_takes_a_reason(cast) -> None:
    mine, end = cast["learner"].person_id, course_run(RUN).ends
    asked = {"actor": cast["staff"], "run_id": RUN}
    for act in (
        lambda **more: actions.freeze_run(**asked, **more),
        lambda **more: actions.freeze_course_grade(**asked, learner_id=mine, **more),
    ):
        for reason in ("", " "):
            with pytest.raises(Refused, match="The run ends on 2030-12-31"):
                act(now=NOW, reason=reason)
    assert not FactRow.objects.exists()
    actions.freeze_run(**asked, now=NOW, reason="Moves abroad.")
    (entry,) = [entry for entry in trail_of(f"records.learner:{mine}") if entry.verb == "record_fact"]
    assert entry.why == "Moves abroad."
    other = person("Other Sample")
    verify_track(other)
    assert actions.freeze_run(**asked, now=end).failed == ()
    assert FactRow.objects.count() == 2


def test_the_gradebook_shows_what_would_go_on_record_and_what_is(cast, client) -> None:
    staff = browser(cast["staff"])
    (row,) = queries.gradebook(cast["staff"], RUN, NOW).rows
    assert (row.learner_id, row.percent, row.passed, row.on_record) == (cast["learner"].person_id, 0, False, None)
    page = " ".join(staff.get(PAGE).content.decode().split())
    assert "0%, not passed" in page and "Not yet" in page and "Before that, say why." in page
    refused = confirmed(staff, f"/desk/runs/{RUN}/freeze/", {}, reason="")
    assert refused.status_code == 422 and "Enter a reason." in refused.content.decode()
    done = confirmed(staff, f"/desk/runs/{RUN}/freeze/", {"reason": "Moves abroad."}, follow=True).content.decode()
    assert "It is done." in done and "Not yet" not in done
    told = call(client, cast["staff"], f"desks/runs/{RUN}/gradebook").json()
    assert (told["total"], told["rows"][0]["on_record"]["data"]["percent"]) == (1, "0")


@pytest.mark.parametrize("roles", [[], [("registrar", "HES")], [("author", "MITx")], [("dean", "MITx")]])
def test_others_do_not_see_it(cast, roles, client) -> None:
    other = person("Some Other", *roles)
    with pytest.raises(NotPermitted):
        queries.gradebook(other, RUN, NOW)
    assert browser(other).get(PAGE).status_code == 403
    assert call(client, other, f"desks/runs/{RUN}/gradebook").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_learners(cast) -> None:
    staff = browser(cast["staff"])
    staff.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        staff.get(PAGE)
    for number in range(3):
        verify_track(person(f"Person Number{number}"))
    with CaptureQueriesContext(connection) as more:
        assert "4 learners in the verified track" in staff.get(PAGE).content.decode()
    assert len(more) == len(few)
