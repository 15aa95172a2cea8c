"""Config Keys of Safe Exam Browser, and the header that a client with such a key sends.

A Config Key is the SHA-256 of the settings as SEB-JSON: no white space, no escaping, keys of each dictionary in
case-insensitive order, `originatorVersion` and empty dictionaries left out, data as base64 (source: Safe Exam
Browser's developer documentation). What its clients and servers are known to read differently is refused by name:
a key over it would lock learners out of an exam on some machines.
"""

import base64
import binascii
import gzip
import hashlib
import plistlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from xml.parsers.expat import ExpatError

from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase

LARGEST_SETTINGS = 5_000_000
DEEPEST = 20
LEFT_OUT = "originatorVersion"
DEFAULT_PORTS = {"http": 80, "https": 443}
#: What a file may begin with, and what it then is.
ENCRYPTED = {
    b"pswd": Phrase("is encrypted with a password"),
    b"pwcc": Phrase("configures the client and is encrypted with a password"),
    b"phsk": Phrase("is encrypted with a certificate"),
    b"pkhs": Phrase("is encrypted with a certificate"),
}
KEY = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SettingsRefused(Unusable):
    """Settings over which no key is made; `code` names why."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A Config Key in lower hex, and the value of `X-SafeExamBrowser-ConfigKeyHash` for a page."""

    config_key: str
    header: str | None


def keys_of(settings: Mapping[str, Any], url: str | None = None) -> Keys:
    """Return the key over settings and the header for `url`; SettingsRefused names what clients read differently."""
    key = config_key(settings)
    return Keys(key, None if url is None else header_of(key, url))


def config_key(settings: Mapping[str, Any]) -> str:
    """Return the Config Key in lower hex."""
    if not settings:
        raise SettingsRefused("empty", "The file holds no settings.")
    return hashlib.sha256(_written(settings, "", 0).encode()).hexdigest()


def header_of(key: str, url: str) -> str:
    """Return the hash that a client with the key sends for a page: SHA-256 of the address and the key."""
    return hashlib.sha256((_address(url) + key).encode()).hexdigest()


def read_settings(raw: bytes) -> Mapping[str, Any]:
    """Return the settings in a .seb file: XML, plain or compressed; SettingsRefused says why it cannot be read."""
    inner = _unzipped(raw)
    why = ENCRYPTED.get(inner[:4])
    if why:
        raise SettingsRefused("encrypted", "The file {why}. Export it without a password.", why=why)
    if inner[:4] == b"plnd":
        inner = _unzipped(inner[4:])
    try:
        found = plistlib.loads(inner, fmt=plistlib.FMT_XML)
    except (ValueError, ExpatError, plistlib.InvalidFileException, RecursionError, LookupError, TypeError) as error:
        raise SettingsRefused("unreadable", "The file is no property list of Safe Exam Browser.") from error
    if not isinstance(found, dict):
        raise SettingsRefused("unreadable", "The file holds no dictionary of settings.")
    return found


def from_json(value: Any) -> Any:
    """Return settings out of JSON, where `{"data_base64": "..."}` stands for bytes."""
    if isinstance(value, list):
        return [from_json(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"data_base64"}:
        return {key: from_json(inner) for key, inner in value.items()}
    try:
        return base64.b64decode(value["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise SettingsRefused("data", "data_base64 is not base64.") from error


def _unzipped(raw: bytes) -> bytes:
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        with gzip.GzipFile(fileobj=BytesIO(raw)) as source:
            found = source.read(LARGEST_SETTINGS + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SettingsRefused("unreadable", "The file is compressed, and broken.") from error
    if len(found) > LARGEST_SETTINGS:
        raise SettingsRefused(
            "too_large", "The settings are larger than {most} MB.", most=LARGEST_SETTINGS // 1_000_000
        )
    return found


def _written(value: Any, where: str, depth: int) -> str:
    """Return a value as SEB-JSON."""
    if depth > DEEPEST:
        raise SettingsRefused("too_deep", "{where}: nested deeper than {most} levels.", where=where, most=DEEPEST)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(value, where)
    if isinstance(value, str):
        return f'"{_text(value, where)}"'
    if isinstance(value, bytes | bytearray):
        return f'"{base64.b64encode(value).decode()}"'
    if isinstance(value, list | tuple):
        return _array(value, where, depth)
    if isinstance(value, Mapping):
        return _dictionary(value, where, depth)
    if isinstance(value, datetime):
        raise SettingsRefused("date", "{where}: clients write a date differently.", where=where)
    if isinstance(value, float):
        raise SettingsRefused("real", "{where}: clients write a number with a fraction differently.", where=where)
    raise SettingsRefused("kind", "{where}: a {kind} is no value of a setting.", where=where, kind=type(value).__name__)


def _array(value: list[Any] | tuple[Any, ...], where: str, depth: int) -> str:
    for index, inner in enumerate(value):
        if isinstance(inner, Mapping) and not _kept(inner):
            raise SettingsRefused(
                "empty_dictionary_in_array", "{where}: an empty dictionary in an array.", where=f"{where}[{index}]"
            )
    return f"[{','.join(_written(inner, f'{where}[{index}]', depth + 1) for index, inner in enumerate(value))}]"


def _dictionary(value: Mapping[Any, Any], where: str, depth: int) -> str:
    names = _in_order(value, where)
    kept = _kept(value)
    if names and names[-1] not in kept:
        raise SettingsRefused(
            "last_key_left_out", "{where}: the last setting in order is left out.", where=f"{where}.{names[-1]}"
        )
    pairs = (f'"{name}":{_written(value[name], f"{where}.{name}", depth + 1)}' for name in names if name in kept)
    return f"{{{','.join(pairs)}}}"


def _kept(value: Mapping[Any, Any]) -> set[Any]:
    """The keys that count: neither the program's version nor empty dictionaries."""
    return {
        name for name, inner in value.items() if name != LEFT_OUT and not (isinstance(inner, Mapping) and not inner)
    }


def _in_order(value: Mapping[Any, Any], where: str) -> list[str]:
    for name in value:
        if not isinstance(name, str) or not KEY.fullmatch(name):
            raise SettingsRefused(
                "key", "{where}: clients order the key {name} differently.", where=where, name=repr(name)[:80]
            )
    if len({name.lower() for name in value}) < len(value):
        raise SettingsRefused(
            "keys_differ_in_case", "{where}: two keys differ only in upper and lower case.", where=where
        )
    # Clients lower, raise or collate before they compare: signs then stand before, between or behind the letters.
    orders = [sorted(value, key=order) for order in (str.lower, str.upper, _collated)]
    if not orders[0] == orders[1] == orders[2]:
        raise SettingsRefused("key_order", "{where}: clients order keys with signs differently.", where=where)
    return orders[0]


def _collated(name: str) -> list[tuple[bool, str]]:
    return [(letter.isalnum(), letter) for letter in name.lower()]


def _integer(value: int, where: str) -> str:
    if not -(2**63) <= value < 2**63:
        raise SettingsRefused("integer", "{where}: a whole number of more than 64 bits.", where=where)
    return str(value)


def _text(value: str, where: str) -> str:
    if '"' in value:
        raise SettingsRefused("quotation_mark", "{where}: clients write a quotation mark differently.", where=where)
    if CONTROL.search(value):
        raise SettingsRefused("control_character", "{where}: a control character, such as a line break.", where=where)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingsRefused("half_character", "{where}: half of a character.", where=where) from error
    return value


def _address(url: str) -> str:
    """The address as a client names it: without fragment and default port, other letters in percent form."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsRefused("url", "The address cannot be read.") from error
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise SettingsRefused("url", "The address must begin with https:// or http:// and name a host.")
    named = f"[{host}]" if ":" in host else host.encode("idna").decode() if not host.isascii() else host
    place = named if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{named}:{port}"
    keep = "/%:@!$&'()*+,;=-._~?[]\\|^`{}<>\""
    return urlunsplit((parts.scheme, place, quote(parts.path or "/", safe=keep), quote(parts.query, safe=keep), ""))
