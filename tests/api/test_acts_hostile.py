"""Whatever a program says an act is about, and how, is answered in a sentence: by nobody's fault of ours."""

import itertools

import pytest
from tests.factories.people import person, token_for
from tests.factories.world import load_world

from linkspan.kernel.acts import known_acts

NOBODY = "00000000-0000-7000-8000-000000000000"
SUBJECTS = [
    "",
    "x",
    NOBODY,
    f"{NOBODY}@1",
    "hes-management-from-mitx-scm@1",
    "several:x+1",
    "é" * 300,
    "a\x00b",
    "@",
    "a@²",
]
VALUES = ["", "x", None, 1, True, [], ["x"], {}, {"a": []}, [[]], "9" * 400, "2026-13-45", "\x00"]
NAMES = ("to", "choice", "until", "credentials", "do", "decision", "terms", "closes_at", "opens_at", "seats", "reopen")


@pytest.mark.django_db
def test_no_subject_and_no_field_is_a_fault_of_ours(client) -> None:
    load_world()
    roles = ("registrar", "program_staff", "admissions", "proctor")
    staff = person("Eve Everything", *((role, school) for role in roles for school in ("MIT", "MITx", "HES")))
    bodies = [{"subject": subject} for subject in SUBJECTS]
    bodies += [
        {"subject": subject, "fields": dict.fromkeys(NAMES, value)}
        for subject, value in itertools.product((NOBODY, "hes-management-from-mitx-scm@1"), VALUES)
    ]
    keys = itertools.count()
    for who in (staff, person("Nobody Special")):
        token = token_for(who)
        for act, body in itertools.product(known_acts(), bodies):
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(next(keys))}
            sent = body | {"reason": "A test."}
            answer = client.post(f"/api/v1/acts/{act}/preview", sent, content_type="application/json", headers=headers)
            assert answer.status_code in (403, 404, 409, 422), (act, body, answer.content)
