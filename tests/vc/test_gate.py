"""What is signed and what is not: by a key in a file, in another process, and in a PKCS#11 token."""

import json
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.vc.makers import DID, NOW, SEED

from linkspan.vc import DataLoss, Trust, VcError, badges, schemas, status, verify
from linkspan.vc.gate import Approval, Policy, digest
from linkspan.vc.heads import check_head, tree_head
from linkspan.vc.keys import ED25519, private_key_of
from linkspan.vc.proofs import LocalSigner
from linkspan.vc.schema_registry import digest as digest_of_schema
from linkspan.vc.schemas import operator
from linkspan.vc.sealers import OwnSealer, ProcessSealer, ask
from linkspan.vc.signer_process import SignerServer
from linkspan.vc.tokens import Token, make_key, token_signer

LISTS = "https://linkspan.example/status/1"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


def program_award(did: str = DID, kind: str = "MicroCredential", **more) -> dict:
    award = badges.Award(
        achievement_id="https://mitx.example/programs/SCM",
        name="Supply Chain Management",
        description="Five courses and an exam",
        criteria="Pass all",
        achievement_type=kind,
        outcomes=[
            badges.Outcome("SC0x", "78", "60"),
            badges.Outcome("SC0x, letter", "B", kind="LetterGrade", allowed=("F", "C", "B", "A")),
        ],
        alignments=[
            {
                "targetName": "Supply chain design",
                "targetUrl": "https://credentials.example/c1",
                "targetCode": "ce-1",
                "targetFramework": "Credential Transparency",
                "targetType": "ceasn:Competency",
            }
        ],
        evidence=[{"id": "https://mitx.example/exams/1", "name": "Exam", "narrative": "Proctored"}],
    )
    document = badges.achievement_credential(
        credential_id="urn:uuid:0190f2b4-0000-7000-8000-000000000002",
        issuer=badges.Issuer(did, "MITx", "https://mitx.example/"),
        award=award,
        email="amara@example.org",
        awarded=NOW,
        status=status.entry(url=LISTS, purpose="revocation", index=5),
        schema="https://linkspan.example/schemas/achievement.json",
    )
    return {**document, **more}


def approved(document: dict, by: str = "registrar") -> Approval:
    return Approval(digest(document), "system", by)


def signer(did: str = DID) -> LocalSigner:
    return LocalSigner(private_key_of(ED25519, SEED), f"{did}#{DID.removeprefix('did:key:')}")


def own(four_eyes: bool = True) -> OwnSealer:
    return OwnSealer(signer(), Policy(four_eyes))


def outcome(verdict, name):
    return next(check.outcome for check in verdict.checks if check.name == name)


def test_an_approved_award_is_signed_and_names_nobody() -> None:
    document = program_award()
    signed = own().seal(document, NOW, approved(document))
    verdict = verify(signed, trust=Trust([{"did": DID, "name": "MITx"}]), at=NOW)
    assert [outcome(verdict, name) for name in ("signature", "data_loss", "issuer")] == ["passed"] * 3
    assert "Amara" not in json.dumps(signed)
    assert "amara@" not in json.dumps(signed)


@pytest.mark.parametrize("approval", [None, "same", "other", "nobody"])
def test_threat_29_four_eyes(approval) -> None:
    document = program_award()
    told = {
        None: None,
        "same": approved(document, by="system"),
        "other": replace(approved(document), digest=digest({**document, "name": "Another"})),
        "nobody": approved(document, by=""),
    }[approval]
    with pytest.raises(VcError) as caught:
        own().seal(document, NOW, told)
    assert caught.value.code == "not_approved"


def test_a_course_certificate_needs_two_eyes_only_and_a_school_may_choose() -> None:
    assert own().seal(program_award(kind="Course"), NOW)["proof"]
    assert own(four_eyes=False).seal(program_award(), NOW)["proof"]


@pytest.mark.parametrize(
    "change",
    [
        {"awardedDate": "yesterday"},
        {"credentialStatus": []},
        {"honors": "summa"},
        {"type": ["VerifiableCredential"]},
        {"id": "urn:uuid:none"},
        {"issuer": "did:key:z6Mk"},
    ],
)
def test_what_the_schema_does_not_know_is_refused(change) -> None:
    document = program_award(**change)
    with pytest.raises(VcError) as caught:
        own(four_eyes=False).seal(document, NOW)
    assert caught.value.code in ("schema_invalid", "profile_unknown")


def test_a_foreign_issuer_and_data_loss_are_refused() -> None:
    with pytest.raises(VcError, match="another issuer"):
        own(four_eyes=False).seal(program_award(did="did:key:z6Mkther"), NOW)
    lossy = program_award()
    lossy["@context"] = lossy["@context"][:1]
    with pytest.raises((VcError, DataLoss)):
        own(four_eyes=False).seal(lossy, NOW)


def test_a_did_web_key_signs_under_its_fragment() -> None:
    did = "did:web:school.example:i:MITx"
    sealer = OwnSealer(signer(did), Policy(False))
    signed = sealer.seal(program_award(did=did), NOW)
    assert signed["proof"]["verificationMethod"] == f"{did}#{DID.removeprefix('did:key:')}"
    assert outcome(verify(signed, trust=Trust(), at=NOW), "signature") == "passed"


def test_tree_heads() -> None:
    head = own().seal_head(tree_head(log=DID, size=3, root=b"\1" * 32, at=NOW))
    check_head(head)
    for forged in (head | {"tree_size": 4}, head | {"log": "did:web:other.example"}, head | {"signature": ""}):
        with pytest.raises(VcError):
            check_head(forged)


def test_our_schemas_are_schemas() -> None:
    for name in schemas.NAMES:
        Draft202012Validator.check_schema(schemas.schema(name))
        assert len(schemas.digest(name)) == 64


def test_a_schema_of_1edtech_that_the_operator_keeps_is_a_gate_as_well(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    wants = {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object", "required": ["validUntil"]}
    document = program_award(kind="Course")
    assert own().seal(document, NOW)["proof"]
    kept = operator.add(schemas.EDTECH_SCHEMA, wants)
    assert (kept, list(operator.registered())) == (digest_of_schema(wants), [schemas.EDTECH_SCHEMA])
    with pytest.raises(VcError, match="1EdTech"):
        own().seal(document, NOW)
    assert own().seal({**document, "validUntil": "2030-01-01T00:00:00Z"}, NOW)["proof"]
    for url, broken in (("http://x.example/s", wants), ("https://x.example/s", {}), ("https://x.example/s", [])):
        with pytest.raises(VcError):
            operator.add(url, broken)
    (tmp_path / "schemas" / f"{kept}.json").write_text(json.dumps({**wants, "required": []}))
    operator._read.cache_clear()
    with pytest.raises(VcError, match="hash"):
        own().seal(document, NOW)


@pytest.fixture
def process(tmp_path):
    key = DID.removeprefix("did:key:")
    keys = {key: signer}
    said = []
    server = SignerServer(tmp_path / "signer", keys, Policy(True), said.append)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield ProcessSealer(tmp_path / "signer", key, DID), said
    server.shutdown()
    server.server_close()


def test_the_signer_process_signs_what_its_own_gate_lets_through(process) -> None:
    sealer, said = process
    document = program_award()
    signed = sealer.seal(document, NOW, approved(document))
    assert signed == own().seal(document, NOW, approved(document))
    with pytest.raises(VcError, match="needs somebody"):
        sealer.seal(document, NOW)
    with pytest.raises(VcError, match="does not hold"):
        replace(sealer, key="z6Mk").seal(document, NOW)
    check_head(sealer.seal_head(tree_head(log=DID, size=0, root=b"\0" * 32, at=NOW)))
    with pytest.raises(VcError, match="tree head has"):
        sealer.seal_head({"log": DID, "name": "anything"})
    assert ask(sealer.place, {"do": "keys"}) == [sealer.key]
    assert said[:2] == ["signed", "not_approved"]
    assert sealer.place.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("question", [{}, {"do": "export"}, [], {"do": "seal", "key": 3}, {"do": "seal", "did": "x"}])
def test_hostile_questions_get_an_answer(process, question) -> None:
    with pytest.raises(VcError):
        ask(process[0].place, question)


def test_a_signer_that_is_not_there(tmp_path) -> None:
    with pytest.raises(VcError) as caught:
        ProcessSealer(tmp_path / "none", "z6Mk", DID).seal(program_award(), NOW)
    assert caught.value.code == "signer_unreachable"


@pytest.fixture
def token(tmp_path, monkeypatch):
    if not SOFTHSM.exists() or not shutil.which("softhsm2-util"):
        pytest.skip("softhsm2 is not installed: apt install softhsm2")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    told = ["--init-token", "--free", "--label", "linkspan", "--pin", "1234", "--so-pin", "12345678"]
    subprocess.run(["softhsm2-util", *told], check=True, capture_output=True)
    return Token(str(SOFTHSM), "linkspan", "1234")


def test_a_key_in_a_token_signs_as_any_other(token) -> None:
    public = make_key(token, "mitx-2018")
    held = token_signer(token, "mitx-2018")
    assert held.public == public
    did = held.verification_method.partition("#")[0]
    sealer = OwnSealer(held, Policy(False))
    signed = sealer.seal(program_award(did=did), NOW)
    assert outcome(verify(signed, trust=Trust(), at=NOW), "signature") == "passed"
    check_head(sealer.seal_head(tree_head(log=did, size=0, root=b"\0" * 32, at=NOW)))
    with pytest.raises(VcError, match="holds no key"):
        token_signer(token, "another")
    with pytest.raises(VcError, match="does not open"):
        token_signer(replace(token, pin="9999"), "mitx-2018")
