"""Export-control and residence clauses put a case on hold for a person; they refuse nobody."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.examples import agreement, record

from linkspan.accounts.actions import give_consent
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways import actions
from linkspan.pathways.actions.holds import note_holds, release_hold
from linkspan.pathways.queries.holds import waiting_holds

pytestmark = pytest.mark.django_db
ID = "receiving-from-sending"
CLAUSE = {
    "clause": "H1",
    "text": "Residence where a licence may be needed",
    "rule": {"compare": ["residence", "in", ["XA", "XB"]]},
}


@pytest.fixture
def learner():
    actions.publish_version(actor=SYSTEM, document=agreement() | {"holds": [CLAUSE]}, now=NOW)
    return person("Lea Learner")


def noted(learner, residence):
    held = record() | {"residence": residence}
    return note_holds(learner_id=learner.person_id, record=held, agreement_id=ID, on=NOW.date(), now=NOW)


def test_a_case_waits_and_goes_on(learner) -> None:
    officer = person("Admissions Officer", ("admissions", "Receiving"))
    assert noted(learner, "XC") == ()
    assert noted(learner, "XA") == noted(learner, "XA") == (CLAUSE["text"],)
    (case,) = waiting_holds(officer)
    with pytest.raises(Unusable):
        release_hold(actor=officer, hold_id=case.id, reason=" ", now=NOW)
    release_hold(actor=officer, hold_id=case.id, reason="A general licence covers it.", now=NOW)
    release_hold(actor=officer, hold_id=case.id, reason="Again.", now=NOW)
    assert noted(learner, "XA") == () and waiting_holds(officer) == ()
    assert noted(learner, "XB") == (CLAUSE["text"],)


def test_who_may(learner) -> None:
    noted(learner, "XA")
    both = person("Staff Learner", ("admissions", "Receiving"))
    own = note_holds(
        learner_id=both.person_id, record=record() | {"residence": "XA"}, agreement_id=ID, on=NOW.date(), now=NOW
    )
    assert own
    mine = next(case for case in waiting_holds(both) if case.learner_id == both.person_id)
    other = next(case for case in waiting_holds(both) if case.learner_id != both.person_id)
    with pytest.raises(NotPermitted):
        release_hold(actor=both, hold_id=mine.id, reason="Mine.", now=NOW)
    for who in (learner, SYSTEM, person("Else", ("registrar", "Elsewhere")), person("All", ("registrar", None))):
        with pytest.raises(NotPermitted):
            release_hold(actor=who, hold_id=other.id, reason="No.", now=NOW)
        with pytest.raises(NotPermitted):
            release_hold(actor=who, hold_id=mine.id, reason="No.", now=NOW)
    for who in (learner, SYSTEM):
        with pytest.raises(NotPermitted):
            waiting_holds(who)


def test_the_page(client, learner, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    noted(learner, "XA")
    told = {"institution": "Receiving", "purpose": "admission", "records": ["degrees"], "signature": learner.name}
    until = NOW + timedelta(days=30)
    give_consent(actor=learner, learner_id=learner.person_id, expires_at=until, now=NOW, **told)
    client.force_login(get_user_model().objects.get(id=person("Reg", ("registrar", "Receiving")).person_id))
    page = client.get("/desk/holds/")
    assert b"Lea Learner" in page.content and b"no refusals" in page.content
    (case,) = [row["case"] for row in page.context["rows"]]
    assert client.post(f"/desk/holds/{case.id}/", {"reason": "Looked at."}).status_code == 302
    assert b"Nothing waits" in client.get("/desk/holds/").content
    assert client.post(f"/desk/holds/{new_id()}/", {"reason": "x"}).status_code == 404
