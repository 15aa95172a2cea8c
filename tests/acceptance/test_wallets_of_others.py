"""A wallet made of others' libraries (@openid4vc, jose) against our issuer and our verifier, over a socket."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.test_dcql import made

from linkspan.credentials import actions, queries
from linkspan.credentials.actions import ask_wallet, offer_to_wallet
from linkspan.credentials.models import WalletCopyRow
from linkspan.credentials.queries.wallets import presentation
from linkspan.kernel.clock import real_now
from linkspan.vc import jose, openid4vci
from linkspan.vc.keys import did_key_of, jwk_of, key_of_jwk, public_key_of

NODE = Path(__file__).parent / "node" / "wallet.mjs"
ROOT = Path(__file__).resolve().parents[2]
BOTH = [openid4vci.BADGE, openid4vci.SELECTIVE]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "@openid4vc" / "openid4vci").exists(),
        reason="@openid4vc/openid4vci is not installed: run make setup",
    ),
]


class Wallet:
    """The process of a wallet, to which one speaks by lines."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def hear(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()[-2000:]
        return json.loads(line)

    def tell(self, text: str) -> dict[str, Any]:
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def wallet(**asked):
    """A wallet that does what is asked, and what it says first."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(["node", str(NODE)], text=True, cwd=ROOT, **pipes) as process:
        try:
            one = Wallet(process)
            yield one, one.tell(json.dumps(asked))
        finally:
            process.kill()


def done(**asked) -> dict[str, Any]:
    """What a wallet has that needs no browser."""
    with wallet(**asked) as (_, told):
        assert "refused" not in told, told
        return told


@pytest.fixture
def at(live_server, settings):
    """Our server over a socket, which its own addresses lead to."""
    cache.clear()
    settings.BASE_URL = live_server.url
    return live_server.url


@pytest.fixture
def cast(at):
    return load_world()


@pytest.fixture
def held(cast):
    put_grades(cast["learner"])
    told = {"learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    return actions.issue_program_credential(actor=SYSTEM, **told)


def offered(cast, held):
    return offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now(), now=NOW)


def asked_by(cast, **more):
    return ask_wallet(
        actor=cast["registrar"], institution="HES", purpose="Admission", at=real_now(), now=real_now(), **more
    )


def keys_of(row) -> dict[str, Any]:
    """The key of a verifier's did:key, as the wallet's resolver would find it."""
    header, _ = jose.read(actions.signed_request(presentation_id=row.id, at=real_now()))
    return {header["kid"]: jwk_of(public_key_of(header["kid"]))} if "kid" in header else {}


BACK = "https://wallet.example/back"


def registered() -> str:
    """A wallet without a secret, by its name."""
    told = {
        "client_name": "Pocket",
        **{name: f"https://wallet.example/{name}" for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri")},
        "software_id": "pocket",
        "software_version": "1.0",
        "redirect_uris": [BACK],
        "scope": " ".join([*BOTH, "offline_access"]),
        "token_endpoint_auth_method": "none",
    }
    answer = Client().post("/ims/oauth/register", json.dumps(told), "application/json")
    assert answer.status_code == 201, answer.content
    assert "client_secret" not in answer.json()
    return answer.json()["client_id"]


def said_yes(who, address: str) -> str:
    """Where the browser of a holder goes that a wallet sent there, and who lets the wallet in."""
    query = urlsplit(address).query
    assert browser(who).get(f"/connected/authorise/?{query}").status_code == 200
    answer = browser(who).post("/connected/authorise/", {"query": query, "do": "allow"})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def test_theirs_sends_the_holder_and_gets_a_batch_with_its_key(cast, held) -> None:
    asked = {"do": "fetch", "configurations": BOTH, "dpop": True, "batch": 3, "attested": True, "redirectUri": BACK}
    offer = offered(cast, held)
    with wallet(**asked, offer=offer.link, clientId=registered(), scope=" ".join(BOTH)) as (one, told):
        assert "request_uri=" in told["go"] and "code_challenge" not in told["go"], told
        found = one.tell(said_yes(cast["learner"], told["go"]))
    assert "refused" not in found, found["more"][:300]
    assert found["token"]["token_type"] == "DPoP"
    badges, selective = (found["credentials"][name] for name in BOTH)
    dids = [did_key_of(key_of_jwk(key["public"])) for key in found["keys"]]
    assert [badge["credentialSubject"]["id"] for badge in badges] == dids and len(selective) == len(set(selective)) == 3
    assert set(WalletCopyRow.objects.values_list("told", flat=True)) == {"credential_accepted"}


def test_theirs_takes_our_offer_and_shows_our_credential_to_our_verifier(cast, held, settings, tmp_path) -> None:
    (tmp_path / "verifier.pem").write_bytes(made("localhost")[0])
    settings.WALLET_CERTIFICATE = str(tmp_path / "verifier.pem")
    offer = offered(cast, held)
    found = done(do="fetch", offer=offer.link, txCode=offer.digits, configurations=BOTH)
    assert found["version"] == "V1"
    (badge,), (selective,) = (found["credentials"][name] for name in BOTH)
    assert queries.judge(badge, real_now()).verdict == "valid"
    for way in ("decentralized_identifier", "x509_hash", "x509_san_dns", "redirect_uri"):
        settings.WALLET_CLIENT = way
        row = asked_by(cast, hidden=way != "decentralized_identifier")
        keys = {} if way == "redirect_uri" else keys_of(row)
        told = done(
            do="show",
            link=row.link,
            credential=selective,
            holder=found["keys"][0]["secret"],
            dids=keys,
            names=["localhost"],
        )
        assert (told["status"], told["client"]["prefix"]) == (200, way), told
        verdict = presentation(cast["registrar"], row.id).verdict
        assert verdict.verdict == "valid", [one for one in verdict.checks if one.outcome != "passed"]
