"""Hostile documents: badges whose texts, addresses, numbers and structure were tampered with at random."""

import copy
import random
from typing import Any

from tests.vc.makers import DID, unsigned

from linkspan.vc import contexts

TEXTS = [
    *("_:b0", "_:c14n0", "<urn:x>", '" .\n_:c14n0 <urn:p> "x', "\\u0041", "a\\", '"', "'", "", " ", "\n", "\r\n", "\t"),
    *("\u2028", "\u2029", "\u0085", "\u00a0", "\ufeff", "\u200b", "\u202e", "\x00", "\x07", "\x1f", "\x7f", "\x80"),
    *("\U0001f600", "\ue000", "\uffff", "\U0010ffff", "e\u0301", "\u00e9", "@type", "@id", "@context", "id", "type"),
    *("Achievement", "schema:name", "https://schema.org/name", "true", "1", "1.0E0", "null", "2018-06-30T12:00:00Z"),
    *("x" * 5_000, "urn:uuid:00000000-0000-0000-0000-000000000000:text:1", "%00", "&amp;", "</script>"),
]
ADDRESSES = [
    *("urn:uuid:0190f2b4-0000-7000-8000-000000000001", "https://mitx.example/a?b=c&d=%20#e"),
    *("did:web:a.example%3A80", "https://ex\xe4mple.example/\xfc", "https://a.example/%zz", "urn:x:<>"),
    *("schema:name", "xsd:string", "id:foo", "HTTPS://A.EXAMPLE", "https://a b", "https://a.example/#x#y"),
    *("https://[::1]/", "mailto:a@b.example", "//a.example", "#x", "", "_:b0", "https://a.example/../b"),
    *("data:text/plain,x y", "urn:\xe9", "1:2", "a", "../a", "@id", "urn:", "https://a.example:99999/"),
    *("https://a.example:80/", "http://", "urn:a:\u2028", "urn:a\\b", "urn:a`b", "x-y+z.1:ok"),
    *("https://user@a.example/", "https://a.example/{b}", "https://a.example/a|b", "tag:a.example,2018:x"),
    *("cred:issuer",),
]
NUMBERS = [0, 1, -1, 36, 2.5, 1.0, 1e-7, 2.5e-300, 123456.789, 2**53 - 1, True, False, 0.1, 99.95, 1e20, -2.75]
LANGUAGES = ["en", "en-US", "EN", "de-Latn-1996", "x-klingon"]
TYPES = [
    *("Profile", "Achievement", "Evidence", "Result", "VerifiableCredential", "Nobel", "urn:x"),
    *("https://schema.org/Person",),
]
KEYS = [
    *("name", "description", "honors", "id", "url", "image", "creditsAvailable", "evidence", "narrative"),
    *("tag", "value"),
]
ADDRESS_KEYS = {"id", "url", "targetUrl", "image", "statusListCredential", "resultDescription", "type"}


def base(dice: random.Random) -> dict[str, Any]:
    """A good document to start from: a badge, sometimes endorsed, without an identifier, or with a second language."""
    document = unsigned()
    subject = document["credentialSubject"]
    for entry in subject["identifier"]:
        if "salt" in entry:
            entry["salt"] = "salt"
    if dice.random() < 0.3:
        document["endorsement"] = [endorsement(number) for number in range(dice.randint(1, 2))]
    if dice.random() < 0.3:
        del document["id"]
    if dice.random() < 0.3:
        del subject["achievement"]["id"]
    if dice.random() < 0.3:
        document["evidence"] = document["evidence"] * dice.randint(1, 4)
    if dice.random() < 0.3:
        subject["achievement"]["creditsAvailable"] = dice.choice(NUMBERS)
    if dice.random() < 0.2:
        document["@context"] = [*document["@context"], contexts.OPEN_BADGES_EXTENSIONS]
    if dice.random() < 0.2:
        document["name"] = {"@value": dice.choice(TEXTS), "@language": dice.choice(LANGUAGES)}
    return document


def endorsement(number: int) -> dict[str, Any]:
    return {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES],
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": DID, "type": "Profile"},
        "credentialSubject": {"id": DID, "type": "EndorsementSubject", "endorsementComment": f"Sound {number}"},
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2018-06-30T12:00:00Z",
            "verificationMethod": f"{DID}#{DID.removeprefix('did:key:')}",
            "proofPurpose": "assertionMethod",
            "proofValue": "z123",
        },
    }


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every (container, key or index) of a document but its contexts."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if key != "@context":
            found.append((value, key))
            if key != "type":  # most nonsense there is refused alike
                places(child, found)
    return found


def tamper(document: dict[str, Any], dice: random.Random) -> None:
    """Change one place."""
    holder, key = dice.choice(places(document, []))
    there, action = holder[key], dice.random()
    if isinstance(there, str) and action < 0.6:
        pool = ADDRESSES if key in ADDRESS_KEYS and dice.random() < 0.8 else TEXTS
        holder[key] = dice.choice(TYPES) if key == "type" else dice.choice(pool)
    elif action < 0.7:
        holder[key] = dice.choice(NUMBERS)
    elif action < 0.75 and isinstance(holder, dict):
        del holder[key]
    elif action < 0.8:
        holder[key] = [there, copy.deepcopy(there)]
    elif action < 0.85 and isinstance(there, dict):
        there[dice.choice(KEYS)] = dice.choice([*TEXTS[:20], *ADDRESSES[:6], *NUMBERS[:5]])
    elif action < 0.9 and isinstance(there, dict):
        shuffled = dice.sample(list(there.items()), len(there))
        there.clear()
        there.update(shuffled)
    elif action < 0.95 and isinstance(there, dict):
        there["type"] = dice.sample(TYPES, dice.randint(1, 2))
    elif isinstance(there, list) and there:
        dice.shuffle(there)
    elif isinstance(there, str) and key not in ("id", "type"):
        holder[key] = {"@value": there, "@language": dice.choice(LANGUAGES)}


def hostile(seed: int) -> dict[str, Any]:
    """The hostile document of a seed."""
    dice = random.Random(seed)
    document = base(dice)
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3, 5])):
        tamper(document, dice)
    return document
