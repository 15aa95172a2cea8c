"""A first key signs under the did:web where others can read it; a did:key stays until its registrar moves it."""

from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials.actions import issue_program_credential, lift_revocation, revoke_credential
from linkspan.credentials.queries import judge
from linkspan.institutions import actions, queries
from linkspan.institutions.actions import make_signing_key, move_to_web, register_institution
from linkspan.institutions.models import SigningKeyRow
from linkspan.institutions.rules import Moving, is_public
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import TrailEntry
from linkspan.vc import Trust, verify

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
WHY = "Our address is open to everybody."
SITE = "https://credentials.example"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (SITE, True),
        (f"{SITE}:8443", True),
        ("https://example.edu/linkspan", True),
        ("http://credentials.example", False),
        ("http://127.0.0.1:8000", False),
        ("https://127.0.0.1", False),
        ("https://[::1]:8000", False),
        ("https://localhost", False),
        ("https://linkspan", False),
        ("https://school.local", False),
        ("https://app.internal", False),
        ("https://printer.home.arpa", False),
        ("", False),
    ],
)
def test_which_addresses_others_can_read(address: str, public: bool) -> None:
    assert is_public(address, "MITx") is public


@pytest.fixture
def school():
    told = {"name": "A school", "country": "US", "time_zone": "UTC", "url": "https://a.example/", "aliases": []}
    register_institution(actor=SYSTEM, code="AS", now=NOW, **told)
    return "AS"


def test_a_first_key_signs_under_the_address_where_it_is_public_and_later_ones_as_before(school, settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    offline = make_signing_key(actor=SYSTEM, code=school, now=NOW)
    settings.BASE_URL = SITE
    assert offline.startswith("did:key:") and make_signing_key(actor=SYSTEM, code=school, now=LATER) != offline
    assert not SigningKeyRow.objects.filter(did__startswith="did:web:").exists()
    SigningKeyRow.objects.all().delete()
    assert make_signing_key(actor=SYSTEM, code=school, now=NOW) == "did:web:credentials.example:i:AS"
    assert make_signing_key(actor=SYSTEM, code=school, now=LATER) == "did:web:credentials.example:i:AS"
    assert make_signing_key(actor=SYSTEM, code=school, now=LATER, web=False).startswith("did:key:")


def test_both_verify_after_a_registrar_moved_and_the_earlier_one_is_still_revoked(settings) -> None:
    cast = load_world()
    put_grades(cast["learner"])
    settings.BASE_URL = SITE
    given = {"actor": SYSTEM, "learner_id": cast["learner"].person_id}
    before = issue_program_credential(**given, program_key="MITx/SCM", now=NOW)
    registrar = person("Mover", ("registrar", "MITx"))
    did = move_to_web(actor=registrar, code="MITx", reason=WHY, now=LATER)
    assert move_to_web(actor=registrar, code="MITx", reason=WHY, now=LATER) == did, "again changes nothing"
    assert SigningKeyRow.objects.filter(institution="MITx", did=did).count() == 1
    assert judge(before.document, LATER).verdict == "valid" and before.document["issuer"]["id"].startswith("did:key:")
    revoke_credential(actor=cast["staff"], credential_id=before.id, reason="Entered twice.", now=LATER)
    assert judge(before.document, LATER).verdict == "invalid"
    lift_revocation(actor=cast["staff"], credential_id=before.id, reason="Only the other one.", now=LATER)
    after = issue_program_credential(**given, program_key="MITx/SCM", now=LATER + timedelta(days=1))
    assert after.document["issuer"]["id"] == did and judge(after.document, LATER + timedelta(days=1)).verdict == "valid"
    outside = Trust(controllers={did: queries.did_document_of("MITx")})
    signed = next(c for c in verify(after.document, trust=outside, at=LATER + timedelta(days=1)).checks)
    assert (signed.name, signed.outcome) == ("signature", "passed")
    assert TrailEntry.objects.filter(verb="move_to_web", why=WHY).count() == 1


def test_who_may_not_and_where_it_cannot_be(school, settings) -> None:
    move = {"code": school, "reason": WHY, "now": LATER}
    settings.BASE_URL = "http://127.0.0.1:8000"
    make_signing_key(actor=SYSTEM, code=school, now=NOW)
    with pytest.raises(Refused, match="no web address"):
        move_to_web(actor=SYSTEM, **move)
    settings.BASE_URL = SITE
    for other in (person("Learner"), person("Other", ("registrar", "MITx")), person("Staff", ("admissions", school))):
        with pytest.raises(NotPermitted):
            move_to_web(actor=other, **move)
        with pytest.raises(NotPermitted):
            queries.signing_place(other, school, LATER)
    for reason in ("", " ", "x" * 2_001):
        with pytest.raises(Unusable):
            move_to_web(actor=SYSTEM, **{**move, "reason": reason})
    with pytest.raises(NotFound):
        move_to_web(actor=SYSTEM, **{**move, "code": "NOPE"})
    SigningKeyRow.objects.update(custody="token", secret="label")
    with pytest.raises(Refused, match="outside of this server"):
        move_to_web(actor=SYSTEM, **move)
    assert queries.signing_place(SYSTEM, school, LATER).moving is Moving.ELSEWHERE
    assert SigningKeyRow.objects.count() == 1
    actions.declare_compromised(
        actor=SYSTEM, code=school, multibase=SigningKeyRow.objects.get().multibase, since=NOW, reason=WHY, now=LATER
    )
    assert queries.signing_place(SYSTEM, school, LATER).moving is Moving.OPEN, "no key is left to sign with"


def test_the_page_says_how_the_school_signs_moves_it_and_keeps_a_refused_reason(settings) -> None:
    load_world()
    settings.BASE_URL = SITE
    client = browser(person("Mover", ("registrar", "MITx")))
    page = client.get("/desk/trust/MITx/keys/").content.decode()
    assert "A key alone" in page and "Sign under your web address" in page
    refused = client.post("/desk/trust/MITx/keys/", {"reason": " "})
    assert refused.status_code == 422 and "reason-error" in refused.content.decode()
    assert client.post("/desk/trust/MITx/keys/", {"reason": WHY}).status_code == 302
    after = client.get("/desk/trust/MITx/keys/").content.decode()
    assert "Your credentials name the web address" in after and '<form method="post" class="card">' not in after
