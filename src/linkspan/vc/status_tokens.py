"""Token Status Lists (IETF, Token Status List), in their JWT form: lists, and what a list says of an entry.

The CBOR form (`statuslist+cwt`) is told apart and not judged.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from linkspan.vc import base64url, jose
from linkspan.vc.errors import VcError
from linkspan.vc.said import Said

TYPE = "statuslist+jwt"
BITS = (1, 2, 4, 8)
LARGEST_BYTES = 2 * 1024 * 1024
VALID, INVALID, SUSPENDED = 0, 1, 2
#: Values whose meaning issuer and verifiers agree on by themselves (section 7.1).
OWN_VALUES = (3, *range(0x0C, 0x10))
#: The last step of the address of our lists, in the two forms that they have.
LIST_STEP, TOKEN_STEP = "revocation", "token"
#: How a COSE signature begins (RFC 9052, section 4.2): tagged, or a bare list of four.
COSE = (b"\xd2", b"\x84", b"\xd8\x3d")


def list_claims(
    *,
    url: str,
    issuer: str,
    values: Mapping[int, int],
    length: int,
    bits: int,
    issued: datetime,
    expires: datetime,
    ttl: timedelta,
) -> dict[str, Any]:
    """The claims of a list (section 5.1): `values` by index, of so many bits each; all others are valid."""
    fits = all(0 <= index < length and 0 <= value < 1 << bits for index, value in values.items())
    if bits not in BITS or not fits:
        raise VcError("status_list_broken", "A value or an index does not fit into the status list.")
    held = bytearray((length * bits + 7) // 8)
    for index, value in values.items():
        held[index * bits // 8] |= value << index * bits % 8
    return {
        "iss": issuer,
        "sub": url,
        "iat": int(issued.timestamp()),
        "exp": int(expires.timestamp()),
        "ttl": int(ttl.total_seconds()),
        "status_list": {"bits": bits, "lst": base64url.encode(zlib.compress(bytes(held), 9))},
    }


def reference(url: str, index: int) -> dict[str, Any]:
    """The claim `status` of a token whose entry stands there (section 6.2)."""
    return {"status_list": {"idx": index, "uri": url}}


def beside(status: Any) -> dict[str, Any]:
    """The claim `status` of a token whose document names one of our lists of revocations: the list's token form stands
    beside it, with the same indices. Empty for any other status."""
    url = str(status.get("statusListCredential")) if isinstance(status, Mapping) else ""
    index = str(status.get("statusListIndex")) if isinstance(status, Mapping) else ""
    if not url.endswith(f"/{LIST_STEP}/") or not index.isdigit():
        return {}
    return {"status": reference(f"{url.removesuffix(f'{LIST_STEP}/')}{TOKEN_STEP}/", int(index))}


def referenced(status: Any) -> tuple[str, int]:
    """Address and index that a claim `status` names; VcError `status_type_unknown`, `status_index_broken`."""
    named = status.get("status_list") if isinstance(status, Mapping) else None
    if not isinstance(named, Mapping):
        raise VcError("status_type_unknown", "Its status list is of a kind that is not read here.")
    uri, index = named.get("uri"), named.get("idx")
    if not isinstance(uri, str) or not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 2**40:
        raise VcError("status_index_broken", "The status entry does not say at which place of which list it stands.")
    return uri, index


def read_list(found: Any, url: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The token, its header and its claims, if it is the list of that address; nothing of it is verified.

    VcError `status_list_cwt`, `status_list_wrong`, and those of `jose.read`.
    """
    if isinstance(found, bytes) and found.startswith(COSE):
        raise VcError("status_list_cwt", "The status list was given out in its CBOR form, which is not judged here.")
    if not isinstance(found, str | bytes):
        raise _wrong(url)
    token = (found.decode("latin-1") if isinstance(found, bytes) else found).strip()
    header, claims = jose.read(token)
    if jose.type_of(header) != TYPE or claims.get("sub") != url:
        raise _wrong(url)
    return token, header, claims


def _wrong(url: str) -> VcError:
    return VcError(
        "status_list_wrong", Said("What stands at {url} is not the status list that the credential means.", url=url)
    )


def kept_until(claims: Mapping[str, Any], since: datetime) -> datetime | None:
    """Until when a list that was fetched then may be kept (section 13.7): `ttl` seconds, and not beyond its `exp`;
    None if it does not say. VcError `status_list_broken` if a time is none, or it does not say when it was made.
    """
    ends = [jose.instant_of(claims["exp"])] if "exp" in claims else []
    ttl = claims.get("ttl")
    if ttl is not None:
        usable = isinstance(ttl, int | float) and not isinstance(ttl, bool) and 0 < ttl < 10**9
        ends.append(since + timedelta(seconds=ttl) if usable else None)
    if jose.instant_of(claims.get("iat")) is None or None in ends:
        raise VcError("status_list_broken", "A time that the status list states is none.")
    return min((end for end in ends if end), default=None)


def value_at(claims: Mapping[str, Any], index: int) -> int:
    """What a list says at an index (section 4.1: the lowest bits of a byte come first).

    VcError `status_list_broken`, `status_list_too_large`, `status_index_out_of_range`.
    """
    told = claims.get("status_list")
    bits = told.get("bits") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or isinstance(bits, bool) or bits not in BITS:
        raise VcError("status_list_broken", "The document behind the status entry is not a status list.")
    held = _unpacked(told.get("lst"))
    if index >= len(held) * 8 // int(bits):
        raise VcError("status_index_out_of_range", "The status entry's index lies beyond the list.")
    width = int(bits)
    return held[index * width // 8] >> index * width % 8 & (1 << width) - 1


def _unpacked(text: Any) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        held = unpacker.decompress(base64url.decode(text), LARGEST_BYTES)
    except (ValueError, TypeError, zlib.error) as error:
        raise VcError("status_list_broken", "The status list cannot be unpacked.") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise VcError("status_list_too_large", "The status list expands beyond two megabytes or is cut off.")
    return held
