"""Wallet pages, systems with access, baked pictures and the sealed certificate."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from django.test import Client
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.accounts.queries import api_clients
from linkspan.credentials import actions
from linkspan.vc.keys import jwk_of
from linkspan.vc.pdf import embed_credential

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def held(cast):
    put_grades(cast["learner"])
    return actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )


def test_the_holder_gets_an_offer_and_nobody_else(cast, held) -> None:
    address = f"/credentials/{held.id}/wallet/"
    page = as_persona(cast, "learner").post(address)
    told = page.content.decode()
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    assert "openid-credential-offer://" in told and "<svg" in told
    assert as_persona(cast, "newcomer").post(address).status_code == 403
    assert Client().post(address).status_code == 302
    assert as_persona(cast, "learner").get(address).status_code == 405


def test_the_certificate_offers_what_its_holder_can_do(cast, held, django_assert_max_num_queries) -> None:
    address = f"/credentials/{held.id}/"
    mine, others = as_persona(cast, "learner"), Client()
    mine.get(address)
    with django_assert_max_num_queries(22):
        assert "linkedin.com/profile/add" in mine.get(address).content.decode()
    told = others.get(address).content.decode()
    assert "linkedin.com" not in told
    assert '<meta property="og:title" content="Supply Chain Management">' in told
    assert f'<meta property="og:url" content="{settings.BASE_URL}{address}">' in told
    assert f'<meta property="og:image" content="{settings.BASE_URL}/badges/' in told
    mine_told = mine.get(address).content.decode()
    assert mine_told.index("Take it with you") < mine_told.index("Each check") < mine_told.index("What it says")
    assert "<details><summary>Each check" in told, "what passed is folded"


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_badge_picture_holds_the_credential(cast, held, form) -> None:
    picture = Client().get(f"/credentials/{held.id}/badge.{form}")
    assert picture.status_code == 200
    page = Client().post("/verify/", {"file": io.BytesIO(picture.content)})
    assert "✓ Valid" in page.content.decode()


def intact(pdf: bytes) -> bool:
    """Whether the seal covers the whole file and nothing was changed."""
    chain = load_pem_x509_certificates(Path(str(settings.PDF_SEAL)).read_bytes())
    roots = [next(iter(load_certs_from_pemder_data(found.public_bytes(Encoding.DER)))) for found in chain]
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    with ThreadPoolExecutor(1) as apart:  # a browser's loop may run in this thread
        trusted = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = apart.submit(validate_pdf_signature, signature, trusted).result()
    return status.bottom_line and status.coverage.name == "ENTIRE_FILE"


def test_threat_27_the_certificate_is_sealed_and_holds_the_credential(cast, held) -> None:
    pdf = Client().get(f"/credentials/{held.id}/certificate.pdf").content
    assert intact(pdf) and b"/MarkInfo" in pdf
    assert "✓ Valid" in Client().post("/verify/", {"file": io.BytesIO(pdf)}).content.decode()
    changed = bytearray(pdf)
    changed[len(pdf) // 4] ^= 1
    assert not intact(bytes(changed))
    assert not intact(embed_credential(pdf, '{"another": 1}', "another.json")), "a shadow update must show"


def test_threat_28_the_page_names_its_host_and_the_issuer_as_registered(cast, held) -> None:
    page = Client().get(f"/credentials/{held.id}/").content.decode()
    assert "You read this at <strong>testserver</strong>" in page and "a swapped code" in page
    assert page.index("The issuer, as it is registered here") < page.index('href="https://mitx.example/"')


def test_the_verify_page_says_what_to_do_next(cast, held) -> None:
    forged = {**held.document, "name": "Another program"}
    page = Client().post("/verify/", {"credential": json.dumps(forged)}).content.decode()
    assert page.index("✗ Not valid") < page.index("What to do next:") < page.index("Each check")
    assert "changed after it was signed" in page
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Exam annulled.", now=NOW)
    page = Client().post("/verify/", {"credential": json.dumps(dict(held.document))}).content.decode()
    assert "The issuer has taken it back" in page
    assert Client().post("/verify/", {"credential": "nothing"}).status_code == 422


def test_staff_ask_a_wallet_and_wait_for_the_answer(cast, django_assert_max_num_queries) -> None:
    staff = as_persona(cast, "registrar")
    made = staff.post("/desk/wallets/", {"institution": "HES", "purpose": "Admission interview"})
    assert made.status_code == 302
    page = staff.get(made["Location"]).content.decode()
    assert "openid4vp://" in page and "<svg" in page
    with django_assert_max_num_queries(14):
        assert "Admission interview" in staff.get("/desk/wallets/").content.decode()
    assert staff.post("/desk/wallets/", {"institution": "MITx", "purpose": "x"}).status_code == 403
    assert staff.post("/desk/wallets/", {"institution": "HES", "purpose": " "}).status_code == 422
    for other, status in (("learner", 403), ("dean", 403), ("staff", 403)):
        assert as_persona(cast, other).get(made["Location"]).status_code == status
    assert Client().get("/shown/").status_code == 200


def test_a_registrar_registers_a_system_and_ends_its_access(cast) -> None:
    registrar = as_persona(cast, "registrar")
    key = json.dumps(jwk_of(Ed25519PrivateKey.generate().public_key()))
    form = {"institution": "HES", "name": "Student system", "jwk": key, "scope": ["write:/credentials/verify"]}
    assert registrar.post("/desk/systems/", form).status_code == 302
    (row,) = api_clients(SYSTEM, "HES")
    assert str(row.id) in registrar.get("/desk/systems/").content.decode()
    for bad in ({"jwk": "no key"}, {"jwk": "[]"}, {"scope": []}, {"name": " "}):
        assert registrar.post("/desk/systems/", form | bad).status_code == 422
    assert registrar.post("/desk/systems/", form | {"institution": "MITx"}).status_code == 403
    assert as_persona(cast, "learner").post(f"/desk/systems/{row.id}/end/").status_code == 403
    registrar.post(f"/desk/systems/{row.id}/end/")
    assert api_clients(SYSTEM, "HES")[0].revoked_at is not None
