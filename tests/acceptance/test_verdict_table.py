"""The public samples get the verdict that their names state. Each row says which, by which check, and why.

Nobody is asked (offline). The first verdict is without a registry, the second with one that holds the samples' issuers
and, for issuers that are no did:key, the key of the sample. Status lists of the samples stand on the network only, so
what their names call revoked or not is `unknown` here, and never valid; where a name states two faults, one decides.
"""

import json
from datetime import UTC, datetime

import pytest

from linkspan.vc import Trust, verify

AT = datetime(2026, 6, 1, tzinfo=UTC)
EXAMPLE = "https://example.com/issuers/876543"
EDTECH = "https://1edtech.edu/issuers/565049"
LEGACY, OIDF = (f"did:web:digitalcredentials.github.io:vc-test-fixtures:dids:{name}" for name in ("legacy", "oidf"))
EXAMPLE_KEYS = (
    "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
    "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x",
)
WEB_KEY = "z6MkjXe1vZvPRqFuc9nRBtZ3e1Y9XKDFSbjFAfzLfW2bD6cZ"
REGISTRY = [
    {"did": "did:key:z6MkjoriXdbyWD25YXTed114F8hdJrLXQ567xxPHAUKxpKkS", "name": "The Learned"},
    {"did": "did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q", "name": "Example Corp"},
    {"did": EXAMPLE, "name": "Example", "keys": [{"publicKeyMultibase": key} for key in EXAMPLE_KEYS]},
    {
        "did": EDTECH,
        "name": "1EdTech",
        "keys": [{"publicKeyMultibase": "z6Mknyb2Gb4NxzW3xSr9ChTtdQZ1zs77piQ3r9SaJ9vMzmrs"}],
    },
    {"did": LEGACY, "name": "Legacy", "keys": [{"publicKeyMultibase": WEB_KEY}]},
    {"did": OIDF, "name": "OIDF", "keys": [{"publicKeyMultibase": WEB_KEY}]},
]

#: name: (without registry, with it, the check that decides with it, its code, why)
GOOD = (
    "unknown",
    "valid",
    "signature",
    "signature_holds",
    "a good one; it only wants a registry that knows the issuer",
)
NO_LIST = (
    "unknown",
    "unknown",
    "status",
    "status_list_missing",
    "whether it is revoked stands in a list on the network",
)
NO_SUCH_TYPE = (
    *("invalid", "invalid", "data_model", "model_broken"),
    "its achievementType is Program, which is no word of Open Badges 3.0 (B.1, AchievementType) and no extension",
)
OPEN_BADGES = {
    "simple.json": GOOD,
    "simple-json.png": GOOD,
    "simple-json.svg": GOOD,
    "simple-err-proof-value.json": ("invalid", "invalid", "signature", "signature_wrong", "another key signed"),
    "simple-err-expired.json": ("invalid", "invalid", "validity", "expired", "valid until 2010"),
    "simple-err-issuer.json": ("invalid", "invalid", "issuer", "issuer_missing", "it names no issuer"),
    "simple-multiple-proofs.json": (
        *("unknown", "unknown", "signature", "proof_type_unknown"),
        "one of the two proofs holds, the other is of a type that nobody knows",
    ),
    "simple-did-key-method.json": (
        *("unknown", "unknown", "issuer", "issuer_without_keys"),
        "a did:key signed, and nothing says that it belongs to the urn that is named as issuer",
    ),
    "complete.json": (
        *("unknown", "unknown", "status", "status_list_missing"),
        "the signature holds; its revocation list, of a kind of 1EdTech's, is not at hand",
    ),
    "simple.jwt": (
        *("unknown", "unknown", "data_model", "context_unknown"),
        "version 1.1 in a token of the old form, by RS256, under a context that was never published for version 3",
    ),
}
DCC = {
    "legacyRegistry-noStatus- noExpiry-credSubjName.json": NO_SUCH_TYPE,
    "legacyRegistry-noStatus-noExpiry-credSubjName.json": NO_SUCH_TYPE,
    "legacyRegistry-noStatus-noExpiry-OBSpecExample.json": GOOD,
    "legacyRegistry-noStatus-noExpiry-achievementTypeExample.json": GOOD,
    "legacyRegistry-noStatus-noExpiry-alignments.json": GOOD,
    "legacyRegistry-noStatus-noExpiry-basicOBv3.json": GOOD,
    "legacyRegistry-noStatus-noExpiry-credName.json": NO_SUCH_TYPE,
    "legacyRegistry-noStatus-noExpiry-identityHash.json": NO_SUCH_TYPE,
    "legacyRegistry-noStatus-noExpiry-minimal.json": GOOD,
    "legacyRegistry-noStatus-notExpired-withSchema.json": (
        *("unknown", "valid", "schema", "schema_by_model"),
        "good; 1EdTech's schema is not at hand, and its rules are asked as those of the kind",
    ),
    "noRegistry-revokedStatus-noExpiry.json": (
        *("invalid", "invalid", "validity", "expired"),
        "revoked by its name; the file has an end date that passed, which decides offline",
    ),
    "noRegsitry-revokedStatus-notExpired.json": NO_LIST,
    "oidf-noStatus-notExpired-complexIssuer.json": GOOD,
    "oidf-noStatus-notExpired-notYetValid.json": ("invalid", "invalid", "validity", "not_yet_valid", "from 2099 on"),
    "oidf-revokedStatus-noExpiry.json": NO_LIST,
    "twoOIDF-revoked-notExpired-badSchema.json": (
        *("invalid", "invalid", "data_model", "model_broken"),
        "it has no validFrom, which Open Badges 3.0 asks for (B.1.1)",
    ),
    "twoOIDF-validStatus-expired.json": ("invalid", "invalid", "validity", "expired", "expired by its name"),
    "legacy-revokedStatus-expired.json": ("invalid", "invalid", "validity", "expired", "expired by its name"),
    "legacy-revokedStatus-noExpiry.json": NO_LIST,
    "oidf-noStatus-notExpired.json": GOOD,
}


def judge(content: bytes, row: tuple[str, ...]) -> None:
    bare, registered, name, code, why = row
    assert verify(content, trust=Trust(), at=AT).verdict == bare, why
    verdict = verify(content, trust=Trust(REGISTRY), at=AT)
    assert (verdict.verdict, next(c.code for c in verdict.checks if c.name == name)) == (registered, code), why


@pytest.mark.parametrize("name", OPEN_BADGES)
def test_open_badges(shared, name) -> None:
    judge((shared / "fixtures" / "openbadges" / name).read_bytes(), OPEN_BADGES[name])


@pytest.mark.parametrize("name", DCC)
def test_dcc(shared, name) -> None:
    (found,) = (shared / "fixtures" / "dcc").rglob(name)
    judge(found.read_bytes(), DCC[name])


def test_the_tables_hold_every_sample(shared) -> None:
    assert {path.name for path in (shared / "fixtures" / "openbadges").iterdir()} == set(OPEN_BADGES)
    assert {path.name for path in (shared / "fixtures" / "dcc").rglob("*.json")} == set(DCC)


def test_a_good_sample_that_is_changed_is_invalid(shared) -> None:
    for path in (shared / "fixtures" / "dcc").rglob("*noStatus-noExpiry*.json"):
        changed = json.loads(path.read_text())
        changed["validFrom"] = "2001-01-01T00:00:00Z"
        assert verify(changed, trust=Trust(REGISTRY), at=AT).verdict == "invalid", path.name
