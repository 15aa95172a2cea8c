"""Bitstring Status List v1.0: lists, entries and what a list says of an entry."""

import gzip
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from linkspan.vc import base64url
from linkspan.vc.contexts import CREDENTIALS_V2
from linkspan.vc.errors import VcError
from linkspan.vc.proofs import instant

SHORTEST = 131_072
LONGEST_BYTES = 2 * 1024 * 1024
LARGEST_SIZE = 16
MOST_ENTRIES = 10
SUPERSEDED = "superseded"
EDTECH_LIST = "1EdTechRevocationList"


def encode(set_indices: Iterable[int] | Mapping[int, int], length: int = SHORTEST, size: int = 1) -> str:
    """`encodedList`: multibase `u` over gzip, index 0 the leftmost (section 3.2); no shorter than 131,072 entries.

    With a `size` in bits above 1, `set_indices` maps indices to values (`statusSize`, section 2.1).
    """
    if length < SHORTEST:
        raise VcError("status_list_short", f"A status list has at least {SHORTEST} entries (section 6.1).")
    values = set_indices if isinstance(set_indices, Mapping) else dict.fromkeys(set_indices, 1)
    bits = bytearray((length * size + 7) // 8)
    for index, value in values.items():
        if not 0 <= index < length or not 0 <= value < 1 << size:
            raise VcError("status_index_out_of_range", f"Entry {index} cannot be {value} in this list.")
        for bit in range(size):
            place = index * size + bit
            if value >> (size - 1 - bit) & 1:
                bits[place // 8] |= 0x80 >> (place % 8)
    return "u" + base64url.encode(gzip.compress(bytes(bits), mtime=0))


@lru_cache(maxsize=8)
def decode(encoded: str) -> bytes:
    """The bits of an `encodedList`; VcError if it is broken, too short or expands beyond two megabytes."""
    if not encoded.startswith("u"):
        raise VcError("status_list_broken", "The status list is not in base64url multibase.")
    try:
        packed = base64url.decode(encoded[1:])
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
    *,
    url: str,
    issuer: str,
    purpose: str,
    set_indices: Iterable[int] | Mapping[int, int],
    length: int,
    valid_from: datetime,
    valid_until: datetime | None = None,
    ttl: int | None = None,
    size: int = 1,
) -> dict[str, Any]:
    """An unsigned BitstringStatusListCredential (section 2.2); `ttl` in milliseconds, `size` in bits per entry."""
    subject: dict[str, Any] = {
        "id": f"{url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": encode(set_indices, length, size),
    }
    if ttl is not None:
        subject["ttl"] = ttl
    document = {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant(valid_from),
        "credentialSubject": subject,
    }
    return {**document, "validUntil": instant(valid_until)} if valid_until else document


def message_entry(*, url: str, index: int, messages: Sequence[str]) -> dict[str, Any]:
    """A `credentialStatus` entry whose value picks one of the messages, the first being that of 0 (section 2.1).

    The message `superseded` means that a newer credential replaces this one.
    """
    size = max(1, (len(messages) - 1).bit_length())
    told = [{"status": hex(value), "message": message} for value, message in enumerate(messages)]
    told += [{"status": hex(value), "message": "not used"} for value in range(len(messages), 1 << size)]
    return {**entry(url=url, purpose="message", index=index), "statusSize": size, "statusMessage": told}


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
    """What a list says of one entry: its `value` (0 unless it is set) and the entry's own words for that value."""

    purpose: str
    value: int
    told: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the entry is anything but 0."""
        return self.value != 0

    @property
    def superseded(self) -> bool:
        """Whether the entry says that a newer credential replaces this one."""
        return self.purpose == SUPERSEDED or (self.purpose == "message" and self.told.lower() == SUPERSEDED)


def look_up(status: Mapping[str, Any], list_document: Mapping[str, Any]) -> Said:
    """What the list says of the entry (section 3.2), once the list's own signature has been checked by the caller."""
    subject = subject_of(list_document)
    if subject.get("type") not in ("BitstringStatusList", ["BitstringStatusList"]):
        raise VcError("status_list_broken", "The document behind the status entry is not a status list.")
    purpose = status.get("statusPurpose")
    purposes = subject.get("statusPurpose")
    if not isinstance(purpose, str) or purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise VcError("status_purpose_wrong", f"The status list is not one of {purpose}.")
    size = _size(status)
    messages = _messages(status, size)
    value = _value(decode(str(subject.get("encodedList", ""))), _index(status), size)
    return Said(purpose, value, messages.get(value, ""))


def subject_of(list_document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The subject of a status list, also where it stands as a list of one; empty if there is not just one."""
    subject = list_document.get("credentialSubject")
    one = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    return one if isinstance(one, Mapping) else {}


def _size(status: Mapping[str, Any]) -> int:
    size = status.get("statusSize", 1)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_SIZE:
        raise VcError("status_size_broken", "The status entry does not say how many bits it takes.")
    return size


def _index(status: Mapping[str, Any]) -> int:
    text = status.get("statusListIndex")
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise VcError("status_index_broken", "The status entry's index is not a number.")
    return int(text)


def _messages(status: Mapping[str, Any], size: int) -> dict[int, str]:
    """The words for each value; with more than one bit there must be one for each (section 2.1)."""
    told = status.get("statusMessage", [])
    found: dict[int, str] = {}
    for entry in told if isinstance(told, list) else [told]:
        try:
            found[int(entry["status"], 16)] = str(entry["message"])[:500]
        except (TypeError, KeyError, ValueError) as error:
            raise VcError("status_message_broken", "The status entry's messages cannot be read.") from error
    if size > 1 and len(found) != 1 << size:
        raise VcError("status_message_broken", "The status entry does not have a message for each value.")
    return found


def _value(bits: bytes, index: int, size: int) -> int:
    total = len(bits) * 8
    if total // size < SHORTEST:
        raise VcError("status_list_short", f"The status list has fewer than {SHORTEST} entries.")
    if (index + 1) * size > total:
        raise VcError("status_index_out_of_range", "The status entry's index lies beyond the list.")
    value = 0
    for place in range(index * size, (index + 1) * size):
        value = value << 1 | (bits[place // 8] >> (7 - place % 8) & 1)
    return value


def revoked_in(document: Mapping[str, Any], issuer: str, credential_id: str) -> str | None:
    """Why a list of 1EdTech's kind calls that credential revoked, in its issuer's words; None if it does not.

    VcError: `status_list_broken`, `status_list_foreign`.
    """
    listed = document.get("revokedCredential", [])
    entries = listed if isinstance(listed, list) else [listed]
    if "revokedCredential" not in document or not all(isinstance(entry, Mapping) for entry in entries):
        raise VcError("status_list_broken", "What stands at the address is no list of revoked credentials.")
    named = document.get("issuer")
    if (named.get("id") if isinstance(named, Mapping) else named) != issuer:
        raise VcError("status_list_foreign", "The list of revoked credentials is not the issuer's own.")
    for entry in entries:
        if entry.get("id") == credential_id and entry.get("revoked", True) is not False:
            return str(entry.get("revocationReason", ""))[:500]
    return None
