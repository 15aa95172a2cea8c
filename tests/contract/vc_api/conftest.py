"""An institution with a system of its own that has access to the VC API, and documents to send."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from tests.factories.people import NOW, SYSTEM
from tests.factories.world import load_world

from linkspan.accounts.actions import register_api_client
from linkspan.accounts.rules import Scope
from linkspan.api.signin import client_token
from linkspan.institutions.queries import signing_key
from linkspan.kernel import storage
from linkspan.kernel.clock import real_now
from linkspan.vc import sign
from linkspan.vc.keys import ED25519, jwk_of, private_key_of
from linkspan.vc.proofs import LocalSigner, instant

BASE = "/api/v1/vc/MITx"


class Api:
    """Calls to one instance with a token of given scopes."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def post(self, path: str, body, content_type: str = "application/json", base: str = BASE):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.client.post(f"{base}{path}", text, content_type, headers=self.headers)

    def get(self, path: str):
        return self.client.get(f"{BASE}{path}", headers=self.headers)

    def issued(self, **changes) -> dict:
        answer = self.post("/credentials/issue", {"credential": {**unsigned(), **changes}})
        assert answer.status_code == 201, answer.content
        return answer.json()["verifiableCredential"]

    def verified(self, document: dict) -> dict:
        answer = self.post("/credentials/verify", {"verifiableCredential": document})
        assert answer.status_code == 200, answer.content
        return answer.json()


def unsigned() -> dict:
    """A badge as a university's own system hands it in: without issuer, identifier, status and schema."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Workshop on inventory",
        "validFrom": "2018-10-03T12:00:00Z",
        "awardedDate": "2018-10-03T12:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityType": "emailAddress",
                    "hashed": True,
                    "salt": "0123456789abcdef",
                    "identityHash": "sha256$" + "0" * 64,
                }
            ],
            "achievement": {
                "id": "https://mitx.example/workshops/inventory",
                "type": ["Achievement"],
                "achievementType": "Course",
                "name": "Workshop on inventory",
                "description": "Two days",
                "criteria": {"narrative": "Take part"},
            },
        },
    }


def token_of(*scopes: str) -> str:
    key = Ed25519PrivateKey.generate()
    wanted = scopes or tuple(Scope)
    client_id = register_api_client(
        actor=SYSTEM, institution="MITx", name="System", jwk=jwk_of(key.public_key()), scopes=wanted, now=NOW
    )
    return client_token(client_id, wanted)


@pytest.fixture
def world():
    return load_world()


@pytest.fixture
def api(client: Client, world, settings) -> Api:
    settings.VC_API = True
    return Api(client, token_of())


def own_signature(document: dict) -> dict:
    """Signed with the institution's own key behind the interface's back, to make what it would refuse to make."""
    key = signing_key("MITx", real_now())
    secret = private_key_of(ED25519, storage.read(key.secret))
    named = {**document, "issuer": {"id": key.did, "type": ["Profile"], "name": "MITx"}}
    return sign(named, LocalSigner(secret, f"{key.did}#{key.multibase}"), created=real_now())


def until(days: int) -> str:
    return instant(real_now() + timedelta(days=days))
