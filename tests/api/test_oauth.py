"""Access of systems: a signed assertion gives a short token, once, within the scopes that were registered."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from tests.factories.people import NOW, SYSTEM, person

from linkspan.accounts.actions import register_api_client, revoke_api_client
from linkspan.accounts.queries import api_clients
from linkspan.api.oauth import ASSERTION_TYPE, token_endpoint
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.vc import jose
from linkspan.vc.keys import jwk_of
from linkspan.vc.proofs import LocalSigner

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.generate()
SCOPES = ("write:/credentials/issue", "write:/credentials/verify")


def registered(key: Ed25519PrivateKey = KEY, scopes=SCOPES):
    return register_api_client(
        actor=SYSTEM,
        institution="MITx",
        name="Registrar's system",
        jwk=jwk_of(key.public_key()),
        scopes=scopes,
        now=NOW,
    )


def assertion(client_id, key: Ed25519PrivateKey = KEY, kind: str = "JWT", at: datetime | None = None, **changes) -> str:
    at = at or real_now()
    claims = {
        "iss": str(client_id),
        "sub": str(client_id),
        "aud": token_endpoint(),
        "exp": int((at + timedelta(minutes=2)).timestamp()),
        "jti": uuid4().hex,
        **changes,
    }
    return jose.sign_claims(claims, LocalSigner(key), kind=kind)


def ask(client: Client, signed: str, **changes):
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
    return client.post("/api/v1/oauth/token", {**form, **changes})


def test_a_signed_assertion_gives_a_token_once(client: Client) -> None:
    signed = assertion(registered())
    first = ask(client, signed)
    assert first.status_code == 200 and first.json()["scope"] == " ".join(SCOPES)
    assert first["Cache-Control"] == "no-store"
    again = ask(client, signed)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert "used before" in again.json()["error_description"]


def test_fewer_scopes_may_be_asked_for_and_no_more(client: Client) -> None:
    client_id = registered()
    assert ask(client, assertion(client_id), scope=SCOPES[1]).json()["scope"] == SCOPES[1]
    refused = ask(client, assertion(client_id), scope="write:/credentials/status")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


BROKEN = {
    "for another endpoint": {"aud": "https://other.example/token"},
    "of another subject": {"sub": "somebody"},
    "that lives too long": {"exp": 4_102_444_800},
    "that has expired": {"exp": 1_000_000_000},
    "without an end": {"exp": None},
    "without an identifier of its own": {"jti": None},
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN.keys())
def test_an_assertion_is_refused(client: Client, changes: dict) -> None:
    assert ask(client, assertion(registered(), **changes)).status_code == 401


def test_assertions_by_another_key_type_or_hand_are_refused(client: Client) -> None:
    client_id = registered()
    assert ask(client, assertion(client_id, Ed25519PrivateKey.generate())).status_code == 401
    assert ask(client, assertion(client_id, kind="vc+jwt")).status_code == 401
    assert ask(client, assertion(uuid4())).status_code == 401
    assert ask(client, "no token at all").status_code == 401
    assert ask(client, assertion(client_id), grant_type="password").json()["error"] == "unsupported_grant_type"


def test_access_ends_at_once_when_it_is_revoked(client: Client) -> None:
    client_id = registered()
    revoke_api_client(actor=SYSTEM, client_id=client_id, now=NOW)
    assert ask(client, assertion(client_id)).status_code == 401


def test_a_registrar_manages_the_systems_of_their_own_institution_only() -> None:
    registrar, other = person("Ana", ("registrar", "MITx")), person("Bo", ("registrar", "HES"))
    client_id = register_api_client(
        actor=registrar, institution="MITx", name="x", jwk=jwk_of(KEY.public_key()), scopes=SCOPES, now=NOW
    )
    assert [held.id for held in api_clients(registrar, "MITx")] == [client_id]
    for forbidden in (
        lambda: api_clients(other, "MITx"),
        lambda: revoke_api_client(actor=other, client_id=client_id, now=NOW),
        lambda: register_api_client(actor=other, institution="MITx", name="y", jwk={}, scopes=SCOPES, now=NOW),
    ):
        with pytest.raises(NotPermitted):
            forbidden()


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct", "k": "AA"}, {**jwk_of(KEY.public_key()), "d": "AA"}])
def test_only_a_public_key_of_a_known_kind_is_taken(jwk: dict) -> None:
    with pytest.raises(Unusable):
        register_api_client(actor=SYSTEM, institution="MITx", name="x", jwk=jwk, scopes=SCOPES, now=NOW)
    with pytest.raises(Unusable):
        registered(scopes=("everything",))
    assert json.dumps(jwk_of(KEY.public_key())).count('"d"') == 0
