"""An audit replayed by the command line: the same again, years later."""

import json

import pytest
from tests.factories.story import put_grades
from tests.factories.world import load_world_with_courses

from linkspan.admissions import actions
from linkspan.kernel.ids import new_id
from linkspan.site.command import main
from linkspan.site.sample import story
from linkspan.site.sample.load import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def applied():
    cast = load_world_with_courses()
    put_grades(cast["learner"])
    round_ = story.round_of(world(), "MIT")
    made = actions.submit_application(actor=cast["learner"], round_id=round_.id, statement="", now=round_.opens_at)
    return cast, round_, made


def test_an_audit(applied, capsys) -> None:
    assert main(["audits", "replay", str(applied[2].audit_id), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    assert main(["audits", "replay", str(new_id())]) == 2
