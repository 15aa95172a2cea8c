"""Facts that came on record before they were checked stop nobody: they are told, and everything else goes on."""

import pytest
from django.contrib.auth import get_user_model
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.outcomes.queries.reading import Reading, results_in
from linkspan.pathways.actions.batch import run_batch, start_batch
from linkspan.records.models import FactRow
from linkspan.records.queries import learner_records

pytestmark = pytest.mark.django_db
BAD = [
    {"grade": {"scale": "percent", "value": "abc"}},
    {"grade": {"scale": "percent", "value": None}},
    {"grade": {"scale": "percent", "value": "NaN"}},
    {"grade": {"scale": "percent", "value": "1e400"}},
    {"grade": {"scale": "percent", "value": -50}},
    {"grade": "good"},
    {"completed": "yesterday"},
    {"completed": None},
    {"grade": None},
]


@pytest.fixture
def cast():
    return load_world()


def spoil(learner, change, key="SC0x") -> None:
    row = FactRow.objects.get(learner_id=learner.person_id, key=key)
    row.data = row.data | change
    row.save(update_fields=["data"])


@pytest.mark.parametrize("change", BAD)
def test_a_bad_grade_of_one_stops_neither_the_batch_nor_a_page(cast, client, change) -> None:
    good, bad = cast["learner"], person("Bad Row")
    for who in (good, bad):
        put_grades(who)
    spoil(bad, change)
    done = actions.issue_missing(actor=SYSTEM, program_key="MITx/SCM", now=NOW)
    assert (done.issued, [(one.learner_id, one.code) for one in done.failed]) == (1, [(bad.person_id, "fact_unusable")])
    assert "SC0x" in done.failed[0].message
    assert [one.state for one in queries.credentials_of(good, good.person_id)] == ["active"]
    client.force_login(get_user_model().objects.get(id=bad.person_id))
    home = client.get("/dashboard/")
    assert home.status_code == 200 and b"cannot be read" in home.content
    client.force_login(get_user_model().objects.get(id=cast["dean"].person_id))
    assert client.get("/desk/dean/").status_code == 200
    reading = Reading(NOW)
    assert (len(reading.records), reading.unusable) == (2, 1)
    assert len(results_in(reading.records[bad.person_id])) == 5
    assert "courses" not in reading.records[bad.person_id]["complete"]


@pytest.mark.parametrize("change", BAD)
def test_the_batch_of_audits_judges_everybody(cast, change) -> None:
    good, bad = cast["learner"], person("Bad Row")
    for who in (good, bad):
        put_grades(who)
    spoil(bad, change)
    run = start_batch(actor=SYSTEM, on=NOW.date(), now=NOW)
    assert run_batch(actor=SYSTEM, run_id=run, now=NOW) == 2
    assert len(learner_records(SYSTEM, [bad.person_id])) == 1
