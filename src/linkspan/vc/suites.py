"""What each cryptosuite hashes and which keys it takes: an allow-list.

Sources: W3C Data Integrity EdDSA Cryptosuites 1.0 (3.2 eddsa-rdfc-2022, 3.3 eddsa-jcs-2022, 3.4 Ed25519Signature2020),
Data Integrity ECDSA Cryptosuites 1.0 (3.2 ecdsa-rdfc-2019, 3.3 ecdsa-jcs-2019: SHA-384 throughout with P-384).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import rfc8785

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss, VcError
from linkspan.vc.instants import moment
from linkspan.vc.jsonld import Statements, canonical, statements_of
from linkspan.vc.keys import ED25519, P256, P384, Kind
from linkspan.vc.said import Said


class Suite(NamedTuple):
    """A cryptosuite: whether it hashes the JSON itself (RFC 8785) instead of RDF, and the kinds of key it takes."""

    name: str
    jcs: bool
    kinds: tuple[Kind, ...]


SUITES = {
    suite.name: suite
    for suite in (
        Suite("eddsa-rdfc-2022", False, (ED25519,)),
        Suite("eddsa-jcs-2022", True, (ED25519,)),
        Suite("ecdsa-rdfc-2019", False, (P256, P384)),
        Suite("ecdsa-jcs-2019", True, (P256, P384)),
    )
}
#: Stands in for the time of a proof, of which all but the text of the time depends on nothing of it.
SOME_TIME = "0001-01-01T00:00:00Z"
OLD_SUITE = Suite("Ed25519Signature2020", False, (ED25519,))


def suite_of(proof: Mapping[str, Any]) -> Suite:
    """The cryptosuite of a proof; VcError `proof_type_unknown` or `cryptosuite_unknown` for all others."""
    kind = proof.get("type")
    if kind == OLD_SUITE.name:
        return OLD_SUITE
    if kind != "DataIntegrityProof":
        raise VcError(
            "proof_type_unknown",
            Said("The proof type {kind} is not one that can be checked here.", kind=str(kind)[:80]),
        )
    name = proof.get("cryptosuite")
    suite = SUITES.get(name) if isinstance(name, str) else None
    if suite is None:
        raise VcError(
            "cryptosuite_unknown",
            Said("The cryptosuite {name} is not one that can be checked here.", name=str(name)[:80]),
        )
    return suite


def check_options(proof: Mapping[str, Any], *, at: datetime | None = None) -> None:
    """Refuse dates that are none and, with `at`, a proof made later or expired by then (Data Integrity 1.0, 2.1)."""
    created, expires = _moment(proof, "created"), _moment(proof, "expires")
    if at is not None and created is not None and created > at:
        raise VcError("proof_created_later", "The proof says that it was made later than the time of this check.")
    if at is not None and expires is not None and expires <= at:
        raise VcError("proof_expired", "The proof has expired.")


def _moment(proof: Mapping[str, Any], name: str) -> datetime | None:
    if name not in proof:
        return None
    found = moment(proof[name])
    if found is None:
        raise VcError("proof_date_broken", Said("The proof's {name} is not a date and time with a zone.", name=name))
    return found


def hash_data(
    unsecured: Mapping[str, Any],
    proof: Mapping[str, Any],
    *,
    kind: Kind = ED25519,
    statements: Statements | None = None,
) -> bytes:
    """What is signed: the hash of the proof's options, then that of the document, 64 or (P-384) 96 bytes.

    `unsecured` holds no proofs but previous ones of a chain. `statements` are its own, where they were found out
    already. VcError `proof_context_other` if the proof carries a
    context of its own that is not the document's: what it does not cover would be vouched for.
    """
    if proof.get("@context", unsecured.get("@context")) != unsecured.get("@context"):
        raise VcError("proof_context_other", "The contexts are not those that were there when the proof was made.")
    hashed = hashlib.sha384 if kind is P384 else hashlib.sha256
    return b"".join(
        hashed(form).digest() for form in canonical_forms(unsecured, proof, kind=kind, statements=statements)
    )


def canonical_forms(
    unsecured: Mapping[str, Any],
    proof: Mapping[str, Any],
    *,
    kind: Kind = ED25519,
    statements: Statements | None = None,
) -> tuple[bytes, bytes]:
    """The canonical forms of a proof's options and of the document: the steps of section 3.x.3 before hashing."""
    suite = suite_of(proof)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    document = dict(unsecured)
    if suite.jcs:
        return _jcs(options), _jcs(document)
    sha384 = kind is P384
    found = statements or statements_of(document)
    return _options(options, document.get("@context"), sha384), found.canonical(sha384=sha384).encode()


def _options(options: Mapping[str, Any], named: Any, sha384: bool) -> bytes:
    """The canonical form of a proof's options under the document's contexts.

    What one key signs has the same options but for the time, so what stands around the time is kept for next time.
    """
    members = tuple((name, value) for name, value in options.items() if name != "@context")
    plain = type(named) is list and all(type(value) is str for value in (*named, *(value for _, value in members)))
    created = options.get("created")
    if plain and isinstance(created, str) and moment(created) is not None:
        timeless = tuple((name, SOME_TIME if name == "created" else value) for name, value in members)
        around = _around_created(timeless, tuple(named), sha384, contexts.state())
        if around is not None:
            return created.join(around).encode()
    return canonical({**options, "@context": named}, sha384=sha384).encode()


@lru_cache(maxsize=2048)
def _around_created(
    members: tuple[tuple[str, str], ...], named: tuple[str, ...], sha384: bool, _: Any
) -> tuple[str, str] | None:
    """What stands before and after the time at which the proof was made, unless the time could move its line."""
    before, _time, after = canonical({**dict(members), "@context": list(named)}, sha384=sha384).partition(SOME_TIME)
    line_begins = before.rpartition("\n")[2]
    return (
        None
        if SOME_TIME in after or f"\n{line_begins}" in f"\n{before[: -len(line_begins)]}{after}"
        else (before, after)
    )


def _jcs(value: Any) -> bytes:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise DataLoss("not_canonical_json", Said("The document has no RFC 8785 form: {error}", error=error)) from error
