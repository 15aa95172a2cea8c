"""The verify page takes a credential in any form, says the verdict first, and what to do next."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.vc.makers import NOW, SEED, badge, trust, unsigned

from linkspan.vc import baking, jose, keys, sign, verify
from linkspan.web.verdicts import ADVICE, GENERAL, QUESTIONS, deciding, next_step


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["json", "svg", "token"])
def test_a_credential_of_an_unknown_issuer_in_any_form(client, form) -> None:
    text = json.dumps(badge())
    contents = {
        "json": text.encode(),
        "svg": baking.bake_svg(b"<svg/>", text),
        "token": jose.sign_jwt(unsigned(), keys.private_key_of(keys.ED25519, SEED), created=NOW).encode(),
    }
    answer = client.post("/verify/", {"file": SimpleUploadedFile("badge", contents[form])}).content.decode()
    assert "Cannot be confirmed" in answer
    assert answer.index("Cannot be confirmed") < answer.index("What to do next:") < answer.index("<table>")
    assert "Ask the institution itself whether it issued this." in answer
    assert all(str(question) in answer for question in QUESTIONS.values())


@pytest.mark.django_db
def test_hostile_text_is_shown_as_text(client) -> None:
    odd = {**unsigned()["credentialSubject"]}
    odd["result"] = [{**odd["result"][0], "value": "<script>alert(1)</script>"}]
    signed = sign({**unsigned(), "credentialSubject": odd, "validFrom": "<img src=x>"}, SEED, created=NOW)
    answer = client.post("/verify/", {"credential": json.dumps(signed)}).content.decode()
    assert "Not valid" in answer
    assert "<script>alert" not in answer
    assert "<img src=x" not in answer


def test_the_next_step_follows_from_what_decides() -> None:
    revoked = verify(badge(), trust=trust(5), at=NOW)
    assert deciding(revoked).code == "revoked"
    assert next_step(revoked) == ADVICE["revoked"]
    good = verify(badge(), trust=trust(), at=NOW)
    assert deciding(good) is None
    assert next_step(good) == GENERAL["valid"]
