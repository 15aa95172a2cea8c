"""A course whose content is not here: its page says where it is taught, or that there is nothing to do yet."""

import pytest
from tests.factories.people import NOW, browser
from tests.factories.world import load_world

from linkspan.courseware.models import PlatformRow
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"


@pytest.mark.parametrize(
    ("places", "told"),
    [([], "come back when the course begins"), (["courses.example.edu"], 'href="https://courses.example.edu/"')],
)
def test_enrolling_in_it_ends_on_a_page_that_says_so(monkeypatch, places, told) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    learner = load_world()["newcomer"]
    for place in places:
        PlatformRow.objects.create(institution="MITx", place=place, client_id="a", secret="", entered_at=NOW)
    enrol(actor=learner, learner_id=learner.person_id, run_id=RUN, track=Track.AUDIT, now=NOW)
    answer = browser(learner).get(f"/courses/{RUN}/", follow=True)
    page = answer.content.decode()
    assert (answer.status_code, answer.redirect_chain) == (200, [(f"/runs/{RUN}/", 302)])
    assert told in page and "Open the course" not in page
