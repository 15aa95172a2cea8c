"""The verify page takes a credential in any form, says the verdict first, and what to do next."""

import json
import resource
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories.pdfs import pdf_with
from tests.vc.https_server import serving
from tests.vc.makers import NOW, SEED, badge, trust, unsigned
from tests.vc.test_older_badges import world

from linkspan.vc import Occasion, Trust, baking, jose, keys, sign, verify
from linkspan.web.verdicts import ADVICE, GENERAL, QUESTIONS, UNASKED, deciding, in_short, next_step


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
    assert answer.index("Cannot be confirmed") < answer.index("What to do next:") < answer.index("Each check")
    assert "Ask the institution itself whether it issued this." in answer
    assert all(str(question) in answer for question in QUESTIONS.values())


@pytest.mark.django_db
def test_a_pdf_holds_its_credential(client) -> None:
    text = json.dumps(badge()).encode()
    answer = client.post("/verify/", {"file": SimpleUploadedFile("badge.pdf", pdf_with(zlib.compress(text), 1))})
    assert "Cannot be confirmed" in answer.content.decode()


@pytest.mark.django_db
def test_a_pdf_that_unfolds_to_gigabytes_is_refused(client) -> None:
    bomb = pdf_with(zlib.compress(b" " * (250 * 2**20), 9), 30)
    assert len(bomb) < 10_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = client.post("/verify/", {"file": SimpleUploadedFile("bomb.pdf", bomb)})
    assert answer.status_code == 422
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # kB, in this process


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
    assert next_step(good) == UNASKED
    theirs = verify(badge(), trust=trust(), at=NOW, occasion=Occasion(email="amara@example.org"))
    assert next_step(theirs) == GENERAL["valid"]


def test_the_first_sentence_names_no_keys_and_addresses() -> None:
    for verdict in (verify(badge(), trust=Trust(), at=NOW), verify(badge(), trust=Trust([], {}), at=NOW)):
        assert "did:" not in in_short(verdict) and "http" not in in_short(verdict) and in_short(verdict)


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "words"), [("amara@example.org", "to that"), ("thief@example.org", "to another")])
def test_the_holders_address_is_compared_and_not_put_into_a_link(client, email, words) -> None:
    told = {"credential": json.dumps(badge()), "email": email}
    answer = client.post("/verify/", told)
    assert words in answer.content.decode()
    assert client.get("/verify/", told).context.get("verdict") is None


@pytest.mark.django_db
def test_the_site_of_an_older_badge_is_asked_only_when_the_reader_says_so(client, settings, tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        (tmp_path / "ca.pem").write_text(str(policy.loopback_ca))
        settings.EXCHANGE_LOOPBACK, settings.EXCHANGE_LOOPBACK_CA = [f"localhost:{port}"], str(tmp_path / "ca.pem")
        site = f"https://localhost:{port}"
        documents = world(site)
        answers |= {url.removeprefix(site): json.dumps(found).encode() for url, found in documents.items()}
        posted = {"credential": json.dumps(documents[f"{site}/a"])}
        unasked = client.post("/verify/", posted).content.decode()
        assert "This is an older badge" in unasked
        assert "Tick “Ask the issuer’s site” and check again" in unasked
        asked = client.post("/verify/", posted | {"ask": "yes"}).content.decode()
        assert "The issuer’s site confirms it, but nobody here vouches for that issuer." in asked
        by_api = client.post(
            "/api/v1/credentials/verify?ask=true", posted["credential"], content_type="application/json"
        )
        assert by_api.json()["checks"][0]["code"] == "hosted"
        answers["/a"] = "gone"
        assert "The issuer has taken it back." in client.post("/verify/", posted | {"ask": "yes"}).content.decode()
