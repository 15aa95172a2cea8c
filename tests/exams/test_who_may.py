"""Who may do what in an exam: every verb of pages and API, by every role, here and at another institution."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from tests.factories.exams import LATER
from tests.factories.people import person, token_for

from linkspan.accounts.rules import Role
from linkspan.exams.models import AttemptRow

pytestmark = pytest.mark.django_db
NO = (403, 404)
REASON = {"reason": "A reason."}
#: What is done to an attempt that runs: the API's address, its body; the page's address, its form.
WATCHED = {
    "read": (None, None),
    "identity": ({}, {"do": "identity"}),
    "incidents": ({"kind": "technical", "note": "Noise."}, {"kind": "technical", "note": "Noise."}),
    "pause": (REASON, {"do": "pause", **REASON}),
    "resume": ({}, {"do": "resume"}),
    "failure": (REASON, {"do": "move", **REASON}),
    "minutes": ({"minutes": 5, **REASON}, {"do": "minutes", "minutes": "5", **REASON}),
    "cancel": (REASON, {"do": "cancel", **REASON}),
    "review": ({"accept": True}, {"do": "verify"}),
    "late-answers": ({"shown": [], "accept": [], **REASON}, {**REASON}),
}
OWN = {
    "start": {},
    "questions": None,
    "responses": {"item": "a1", "given": ["4"]},
    "pages": {},
    "submission": {},
    "decline": {},
    "appeal": {"statement": "A timer."},
}
PAGES = {
    "identity": "/desk/attempts/{}/",
    "review": "/desk/attempts/{}/",
    "incidents": "/desk/exams/{}/incident/",
    "late-answers": "/desk/exams/{}/late/",
    "pause": "/desk/exams/{}/intervene/",
    "resume": "/desk/exams/{}/intervene/",
    "failure": "/desk/exams/{}/intervene/",
    "minutes": "/desk/exams/{}/intervene/",
    "cancel": "/desk/exams/{}/intervene/",
}
OWN_PAGES = {
    "": None,
    "check/": None,
    "start/": {},
    "decline/": {},
    "appeal/": {"statement": "A timer."},
    "save/": {"do": "submit"},
    "pages/": {},
}


@pytest.fixture(autouse=True)
def at(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path


def tried(path: str, actor, body, *, api: bool) -> int:
    """The status of an answer; what was done is undone."""
    client = Client()
    headers = {}
    if api:
        headers = {"Authorization": f"Bearer {token_for(actor)}", "Idempotency-Key": path}
    else:
        client.force_login(get_user_model().objects.get(id=actor.person_id))
    with transaction.atomic():
        if body is None:
            answer = client.get(path, headers=headers)
        elif api:
            answer = client.post(path, body, content_type="application/json", headers=headers)
        else:
            answer = client.post(path, body)
        transaction.set_rollback(True)
    return answer.status_code


def allowed(actor, attempt_id) -> set[str]:
    """Which of the verbs of those who watch get past the question of who may, through the API or a page."""
    found = set()
    for verb, (body, form) in WATCHED.items():
        path = f"/api/v1/exams/attempts/{attempt_id}" + ("" if verb == "read" else f"/{verb}")
        answers = [tried(path, actor, body, api=True)]
        if verb in PAGES:
            answers.append(tried(PAGES[verb].format(attempt_id), actor, form, api=False))
        assert len({status in NO for status in answers}) == 1, (verb, answers)
        assert not {422, 500} & set(answers), (verb, answers)
        found |= {verb} if answers[0] not in NO else set()
    return found


HERE = {Role.PROCTOR: set(WATCHED), Role.PROGRAM_STAFF: {"cancel", "late-answers"}}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("place", ["MITx", "HES"])
def test_a_role_watches_over_exams_of_its_own_institution_alone(running, role, place) -> None:
    actor = person("Some Body", (role, place))
    assert allowed(actor, running.id) == (HERE.get(role, set()) if place == "MITx" else set())
    assert AttemptRow.objects.get().state == "started"


def test_nobody_acts_in_the_exam_of_another(cast, running) -> None:
    """A proctor opens its page, which tells how it stands; nobody sees the questions, answers, hands in or appeals."""
    doors = [(f"/api/v1/exams/attempts/{running.id}/{verb}", body, True) for verb, body in OWN.items()]
    doors += [(f"/exams/attempts/{running.id}/{verb}", form, False) for verb, form in OWN_PAGES.items()]
    others = [person("Other Sample"), *(cast[name] for name in ("proctor", "staff", "mitx-registrar", "operator"))]
    for actor in others:
        opened = [path for path, body, api in doors if tried(path, actor, body, api=api) not in NO]
        assert opened == [f"/exams/attempts/{running.id}/"] * (actor is cast["proctor"]), actor.name
    assert b"two" not in page_of(cast["proctor"], running)
    assert b"two" in page_of(cast["learner"], running)


def page_of(actor, attempt) -> bytes:
    client = Client()
    client.force_login(get_user_model().objects.get(id=actor.person_id))
    return client.get(f"/exams/attempts/{attempt.id}/").content.lower()
