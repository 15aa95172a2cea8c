"""Older and other kinds of credential, named as what they are.

Open Badges 2.0 and 1.x are judged in `verify.assertions`; the others are named, and never accused.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Older(NamedTuple):
    """An older or other kind: a `code`, its name, and what would settle whether it is genuine."""

    code: str
    name: str
    settles: str


OLDER_BADGE = "older_badge"
HOSTED = Older(OLDER_BADGE, "Open Badges 2.0", "Its truth stands at its own address: ask its issuer's site.")
SIGNED = Older(OLDER_BADGE, "Open Badges 2.0, signed", "Its key stands in its issuer's profile: ask its issuer's site.")
FIRST = Older(OLDER_BADGE, "Open Badges 1.x", "Its truth stands at its own address: ask its issuer's site.")
BLOCKCERTS = Older("blockcerts", "Blockcerts", "Its proof stands in a blockchain: check it with its own verifier.")
CLR1 = Older("older_record", "Comprehensive Learner Record 1.0", "Ask its publisher for a 2.0 record.")
EUROPASS = Older("europass", "European Digital Credential", "Check it with the Europass viewer.")
ASSERTIONS = frozenset({"Assertion", "Endorsement", "Extension"})


def older_kind(document: Mapping[str, Any], *, token: bool = False) -> Older | None:
    """The older or other kind of a document, by its contexts, types and members; None if it is to be judged."""
    named, types = _texts(document.get("@context")), _texts(document.get("type"))
    proofs = document.get("proof") or document.get("signature")
    kinds = " ".join(str(e.get("type")) for e in _list(proofs) if isinstance(e, Mapping))
    if "MerkleProof20" in kinds or any("blockcerts" in entry for entry in named):
        return BLOCKCERTS
    if any("/spec/clr/v1p0" in entry for entry in named):
        return CLR1
    if any("data.europa.eu/snb" in entry or "europass" in entry for entry in named) or "EuropassCredential" in types:
        return EUROPASS
    if "VerifiableCredential" in types or any("/credentials/" in entry for entry in named):
        return None
    if any("w3id.org/openbadges/v2" in entry for entry in named):
        return SIGNED if token else HOSTED
    if any("w3id.org/openbadges" in entry for entry in named) or _is_first(document):
        return FIRST
    return HOSTED if ASSERTIONS.intersection(types) and "badge" in document else None


def _is_first(document: Mapping[str, Any]) -> bool:
    return "badge" in document and "recipient" in document and bool({"uid", "verify"}.intersection(document))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> list[str]:
    return [entry for entry in _list(value) if isinstance(entry, str)]
