"""The verify page takes a credential in any form, says the verdict first, and what to do next."""

import json
import resource
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.vc.makers import NOW, SEED, badge, trust, unsigned

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


def pdf_with(attachment: bytes, times: int) -> bytes:
    """A PDF that holds a packed attachment so many times."""
    names = b" ".join(b"(%d.json) %d 0 R" % (number, 4 + 2 * number) for number in range(times))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [%s] >> >> >>" % names,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ]
    stream = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(attachment), attachment)
    for number in range(times):
        parts += [b"<< /Type /Filespec /F (c.json) /UF (c.json) /EF << /F %d 0 R >> >>" % (5 + 2 * number), stream]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    told = (len(places) + 1, rows, len(places) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % told


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
