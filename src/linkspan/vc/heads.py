"""Signed tree heads of the log of issued hashes: whose log, how many entries, the root, when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785

from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, base58_decode, base58_encode, public_key_of
from linkspan.vc.proofs import Signer, instant, signature_holds


def tree_head(*, log: str, size: int, root: bytes, at: datetime) -> dict[str, Any]:
    """An unsigned tree head; `log` is the DID of its owner."""
    return {"log": log, "tree_size": size, "root_hash": root.hex(), "timestamp": instant(at)}


def seal_head(head: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """A tree head signed over its RFC 8785 form."""
    named = {**head, "verificationMethod": signer.verification_method}
    return {**named, "signature": f"z{base58_encode(signer.sign(rfc8785.dumps(named)))}"}


def check_head(head: Mapping[str, Any], key: PublicKey | None = None) -> None:
    """Check the signature of a tree head by a key of the log's own DID; VcError says why it does not hold.

    That the key belongs to the DID is for the issuer registry to say; `key` is then the one it gives.
    """
    signature, method = head.get("signature"), head.get("verificationMethod")
    if not isinstance(signature, str) or not signature.startswith("z") or not isinstance(method, str):
        raise VcError("head_broken", "The tree head has no signature in base58, or names no key.")
    if method.partition("#")[0] != head.get("log"):
        raise VcError("head_foreign", "The tree head was signed by somebody else than the log's owner.")
    named = {name: value for name, value in head.items() if name != "signature"}
    if not signature_holds(key or public_key_of(method), base58_decode(signature[1:]), rfc8785.dumps(named)):
        raise VcError("head_forged", "The tree head is not what was signed.")
