"""Bitstring Status List v1.0: lists, entries and what a list says of an entry."""

import base64
import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkspan.vc.contexts import CREDENTIALS_V2
from linkspan.vc.errors import VcError
from linkspan.vc.proofs import instant

SHORTEST = 131_072
LONGEST_BYTES = 2 * 1024 * 1024


def encode(set_indices: Iterable[int], length: int = SHORTEST) -> str:
    """`encodedList`: multibase `u` over gzip, index 0 the leftmost bit (section 3.2); no shorter than 131,072."""
    if length < SHORTEST:
        raise VcError("status_list_short", f"A status list has at least {SHORTEST} entries (section 6.1).")
    bits = bytearray(length // 8)
    for index in set_indices:
        bits[index // 8] |= 0x80 >> (index % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def decode(encoded: str) -> bytes:
    """The bits of an `encodedList`; VcError if it is broken, too short or expands beyond two megabytes."""
    if not encoded.startswith("u"):
        raise VcError("status_list_broken", "The status list is not in base64url multibase.")
    try:
        packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(packed, LONGEST_BYTES)
    except (ValueError, zlib.error) as error:
        raise VcError("status_list_broken", "The status list cannot be unpacked.") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise VcError("status_list_too_large", "The status list expands beyond two megabytes or is cut off.")
    if len(bits) * 8 < SHORTEST:
        raise VcError("status_list_short", f"The status list has fewer than {SHORTEST} entries.")
    return bits


def list_credential(
    *, url: str, issuer: str, purpose: str, set_indices: Iterable[int], length: int, valid_from: datetime
) -> dict[str, Any]:
    """An unsigned BitstringStatusListCredential (section 2.2)."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant(valid_from),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode(set_indices, length),
        },
    }


def entry(*, url: str, purpose: str, index: int) -> dict[str, Any]:
    """A `credentialStatus` entry (section 2.1)."""
    return {
        "id": f"{url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": url,
    }


@dataclass(frozen=True, slots=True)
class Said:
    """What a list says of one entry."""

    purpose: str
    is_set: bool


def look_up(status: Mapping[str, Any], list_document: Mapping[str, Any]) -> Said:
    """What the list says of the entry (section 3.2), once the list's own signature has been checked by the caller."""
    subject = list_document.get("credentialSubject")
    if not isinstance(subject, Mapping) or subject.get("type") != "BitstringStatusList":
        raise VcError("status_list_broken", "The document behind the status entry is not a status list.")
    purpose = status.get("statusPurpose")
    purposes = subject.get("statusPurpose")
    if purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise VcError("status_purpose_wrong", f"The status list is not one of {purpose}.")
    index_text = status.get("statusListIndex")
    if not isinstance(index_text, str) or not index_text.isascii() or not index_text.isdigit():
        raise VcError("status_index_broken", "The status entry's index is not a number.")
    bits = decode(str(subject.get("encodedList", "")))
    index = int(index_text)
    if index >= len(bits) * 8:
        raise VcError("status_index_out_of_range", "The status entry's index lies beyond the list.")
    return Said(str(purpose), bool(bits[index // 8] & (0x80 >> (index % 8))))
