"""The test vectors of W3C Data Integrity EdDSA Cryptosuites 1.0, byte for byte, every intermediate value.

Two contexts that the vectors name are in no package. The examples context (`@vocab` of the examples' terms) is written
here in full. Of the citizenship context only the terms of this one credential are, after the canonical form that the
vector states; so that vector shows our processing and signing, not that published context's bytes.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import pytest

from linkspan.vc import contexts, keys
from linkspan.vc.proofs import LocalSigner, add_proof, check, proofs_of
from linkspan.vc.suites import canonical_forms, hash_data

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
EXAMPLES_CONTEXT = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
DATE = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
CITIZENSHIP_CONTEXT = {
    "@context": {
        "@version": 1.1,
        "EmploymentAuthorizationDocumentCredential": (
            "https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential"
        ),
        "EmploymentAuthorizationDocument": "https://w3id.org/citizenship#EmploymentAuthorizationDocument",
        "EmployablePerson": "https://w3id.org/citizenship#EmployablePerson",
        "Person": "https://schema.org/Person",
        "image": {"@id": "https://schema.org/image", "@type": "@id"},
        **{
            name: f"https://schema.org/{name}"
            for name in ("additionalName", "familyName", "gender", "givenName", "identifier")
        },
        **{
            name: f"https://w3id.org/citizenship#{name}"
            for name in ("birthCountry", "employmentAuthorizationDocument", "lprCategory", "lprNumber")
        },
        "birthDate": {"@id": "https://schema.org/birthDate", **DATE},
        "residentSince": {"@id": "https://w3id.org/citizenship#residentSince", **DATE},
    }
}
#: folder: (the file endings, the unsigned document)
VECTORS = {
    "eddsa-rdfc-2022": ("DataInt", "unsigned.json"),
    "eddsa-rdfc-2022/employ": ("DataInt", "employmentAuth.json"),
    "eddsa-jcs-2022": ("JCS", "unsigned.json"),
    "Ed25519Signature2020": ("EdSig", "unsigned.json"),
}


@pytest.fixture(autouse=True)
def added(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    contexts.add(EXAMPLES, EXAMPLES_CONTEXT, catch_all=True)
    contexts.add(CITIZENSHIP, CITIZENSHIP_CONTEXT)


@pytest.fixture(scope="session")
def vectors(shared) -> Path:
    return shared / "fixtures" / "w3c-eddsa" / "TestVectors"


def read(place: Path):
    return json.loads(place.read_text())


def key_of(pair: dict) -> LocalSigner:
    signer = LocalSigner(keys.secret_key_of_multibase(pair["privateKeyMultibase"]))
    assert signer.verification_method.endswith(f"#{pair['publicKeyMultibase']}")
    return signer


@pytest.mark.parametrize("folder", VECTORS)
def test_every_value_on_the_way(vectors, folder) -> None:
    ending, document = VECTORS[folder]
    place = vectors / folder
    text = {name: (place / f"{name}{ending}.txt").read_text() for name in TEXTS}
    unsigned, config = read(vectors / document), read(place / f"proofConfig{ending}.json")
    if folder == "Ed25519Signature2020":
        unsigned["@context"] = config["@context"]
    options, form = canonical_forms(unsigned, config)
    assert options.decode() == text["proofCanon"]
    assert form.decode() == text["canonDoc"]
    assert hashlib.sha256(options).hexdigest() == text["proofHash"]
    assert hashlib.sha256(form).hexdigest() == text["docHash"]
    data = hash_data(unsigned, config)
    assert data.hex() == text["combinedHash"]
    signature = key_of(read(vectors / "keyPair.json")).sign(data)
    assert signature.hex() == text["sigHex"]
    assert "z" + keys.base58_encode(signature) == text["sigBTC58"]
    signed = read(place / f"signed{ending}.json")
    check(signed, signed["proof"])
    assert signed["proof"]["proofValue"] == text["sigBTC58"]


TEXTS = ("proofCanon", "canonDoc", "proofHash", "docHash", "combinedHash", "sigHex", "sigBTC58")
MADE_HERE = [name for name in VECTORS if name != "Ed25519Signature2020"]  # that one is only read


@pytest.mark.parametrize("folder", MADE_HERE)
def test_the_signed_document_is_the_same(vectors, folder) -> None:
    ending, document = VECTORS[folder]
    expected = read(vectors / folder / f"signed{ending}.json")
    made = add_proof(
        read(vectors / document),
        key_of(read(vectors / "keyPair.json")),
        created=instant_of(expected["proof"]),
        cryptosuite=expected["proof"]["cryptosuite"],
    )
    assert made == expected


def instant_of(proof: dict):
    return datetime.fromisoformat(proof["created"])


#: what is signed, the proof's options, its key, the signed proof, the whole document
STEPS = [
    ("unsigned", "proofSetConfig1", "keyPair1", "proofSetConfigSigned1", "signedProofSet1"),
    ("signedProofSet1", "proofSetConfig2", "keyPair2", "proofSetConfigSigned2", "signedProofSet2"),
    ("signedProofSet2", "proofChainConfig1", "keyPair3", "proofChainConfigSigned1", "signedProofChain1"),
    ("signedProofChain1", "proofChainConfig2", "keyPair4", "proofChainConfigSigned2", "signedProofChain2"),
]


@pytest.mark.parametrize(("start", "config", "pair", "proof", "whole"), STEPS)
def test_sets_and_chains(vectors, start, config, pair, proof, whole) -> None:
    place = vectors / "proof-set-chain"
    options = read(place / f"{config}.json")
    made = add_proof(
        read(place / f"{start}.json"),
        key_of(read(place / "multiKeyPairs.json")[pair]),
        created=instant_of(options),
        options={name: options[name] for name in ("id", "previousProof") if name in options},
    )
    assert proofs_of(made)[-1] == read(place / f"{proof}.json")
    assert made == read(place / f"{whole}.json")
    for entry in proofs_of(made):
        check(made, entry)


@pytest.mark.parametrize("number", ["1", "2"])
def test_what_a_link_of_a_chain_covers(vectors, number) -> None:
    place = vectors / "proof-set-chain"
    covered, proof = (
        read(place / f"proofChainTempDoc{number}.json"),
        read(place / f"proofChainConfigSigned{number}.json"),
    )
    data = hash_data(covered, proof)
    signer = key_of(read(place / "multiKeyPairs.json")[f"keyPair{int(number) + 2}"])
    assert "z" + keys.base58_encode(signer.sign(data)) == proof["proofValue"]


def test_every_file_of_the_vectors_was_used(vectors) -> None:
    used = {f"{folder}/{name}{ending}.txt" for folder, (ending, _) in VECTORS.items() for name in TEXTS}
    used |= {f"{f}/{name}{e}.json" for f, (e, _) in VECTORS.items() for name in ("proofConfig", "signed")}
    used |= {"unsigned.json", "employmentAuth.json", "keyPair.json"}
    used |= {
        f"proof-set-chain/{name}.json"
        for start, config, _, proof, whole in STEPS
        for name in (start, config, proof, whole)
    }
    used |= {f"proof-set-chain/{name}.json" for name in ("multiKeyPairs", "proofChainTempDoc1", "proofChainTempDoc2")}
    assert used == {str(place.relative_to(vectors)) for place in vectors.rglob("*") if place.is_file()}
