"""The files of people and applications: each office sees its own, reads and decides, and goes on to the next."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.admissions.test_actions import admissible, apply, opened
from tests.factories.acts import confirmed
from tests.factories.people import browser, person
from tests.factories.world import load_story, load_world

from linkspan.accounts.models import Disclosure, User
from linkspan.accounts.queries import actor_for
from linkspan.accounts.rules import Part
from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.queries import beside
from linkspan.admissions.rules import Mode
from linkspan.kernel.ids import number_of
from linkspan.kernel.lists import Ask
from linkspan.screens.application import application_screen
from linkspan.screens.person import person_file
from linkspan.site.sample.load import OPENING

pytestmark = pytest.mark.django_db


def test_an_officer_reads_decides_and_goes_on_without_leaving_the_file() -> None:
    cast, names = load_world(), ("Ana A", "Bo B", "Cy C")
    round_id = opened(mode=Mode.ROLLING)
    learners = [admissible(cast, name) for name in names]
    ids = [apply(one, round_id, statement=f"{one.name} drove a lorry.").id for one in learners]
    office, far = person("Olga Office", ("admissions", "MIT")), person("Far Away", ("admissions", "HES"))
    found = beside(office, ids[1], round_id, Ask(sort="name"))
    assert (found.place, found.total, found.before, found.after) == (2, 3, ids[0], ids[2])
    assert beside(office, ids[1], round_id, Ask(text="ana")) is None and beside(far, ids[1], round_id, Ask()) is None
    client, here = browser(office), f"/applications/{ids[0]}/?q=&sort=name"
    for at, name in enumerate(names):
        page = " ".join(client.get(here).content.decode().partition("<footer")[0].split())
        assert f"<h1>{name}</h1>" in page and f"{at + 1} of 3" in page and f"{name} drove a lorry." in page
        assert "Checklist" in page and "TOEFL" in page and number_of(ids[at]) in page
        log = Disclosure.objects.filter(reader_id=office.person_id, learner_id=learners[at].person_id)
        assert sorted(len(row.records) for row in log) == [1, len(Part)]
        after = re.search(r'name="next" value="([^"]+)"', page)
        assert (after and after[1]) == (str(ids[at + 1]) if at < 2 else None)
        sent = {"do": "refuse", "reason": "Seen on paper.", "list": "q=&sort=name"}
        answer = confirmed(
            client, f"/applications/{ids[at]}/decide/", sent | ({"next": after[1], "onward": "yes"} if after else {})
        )
        here = answer["Location"]
        assert here.startswith(f"/applications/{ids[min(at + 1, 2)]}/") and "sort=name" in here
    assert set(ApplicationRow.objects.values_list("state", flat=True)) == {"refused"}
    assert "The record is closed" in client.get(here).content.decode()
    assert "Checklist" not in browser(learners[0]).get(f"/applications/{ids[0]}/").content.decode()


def test_each_office_sees_its_own_part_of_a_person() -> None:
    load_story()
    learner = actor_for(User.objects.get(name="Amara Sample").id)
    seen = {
        ("program_staff", "MITx"): ("Courses", "Grades on record", "Exam attempts", "Credentials", "Payments"),
        ("registrar", "HES"): ("Applications", "Degree plan", "Recognised credit", "Grades on record", "Credentials"),
        ("admissions", "MIT"): ("Applications",),
        ("proctor", "MITx"): ("Exam attempts",),
    }
    every = {part for parts in seen.values() for part in parts}
    for (role, school), parts in seen.items():
        reader = person(f"Reads {role}", (role, school))
        page = browser(reader).get(f"/desk/people/{learner.person_id}/").content.decode()
        assert {part for part in every if f"<h2>{part}" in page} == set(parts), role
        assert "Amara" in page and str(learner.person_id) not in page.replace(f"/{learner.person_id}", ""), role
        with CaptureQueriesContext(connection) as asked:
            person_file(reader, learner.person_id)
        assert len(asked) < 12, (role, [one["sql"][:90] for one in asked])
    application = ApplicationRow.objects.get(learner_id=learner.person_id, round__institution="MIT")
    office = person("Olga Office", ("admissions", "MIT"))
    with CaptureQueriesContext(connection) as asked:
        application_screen(office, application.id, OPENING)
    assert len(asked) <= 16, [one["sql"][:110] for one in asked]
