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

LARGEST_SETTINGS = 5_000_000
DEEPEST = 20
LEFT_OUT = "originatorVersion"
DEFAULT_PORTS = {"http": 80, "https": 443}
#: What a file may begin with, and what it then is.
ENCRYPTED = {
    b"pswd": "is encrypted with a password",
    b"pwcc": "configures the client and is encrypted with a password",
    b"phsk": "is encrypted with a certificate",
    b"pkhs": "is encrypted with a certificate",
}
KEY = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SettingsRefused(ValueError):
    """Settings over which no key is made; `code` names why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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
        raise SettingsRefused("encrypted", f"The file {why}. Export it without a password.")
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
        raise SettingsRefused("too_large", f"The settings are larger than {LARGEST_SETTINGS // 1_000_000} MB.")
    return found


def _written(value: Any, where: str, depth: int) -> str:
    """Return a value as SEB-JSON."""
    if depth > DEEPEST:
        raise SettingsRefused("too_deep", f"{where}: nested deeper than {DEEPEST} levels.")
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
        raise SettingsRefused("date", f"{where}: a date is written differently by different clients.")
    if isinstance(value, float):
        raise SettingsRefused("real", f"{where}: a number with a fraction is written differently by different clients.")
    raise SettingsRefused("kind", f"{where}: a {type(value).__name__} is no value of a setting.")


def _array(value: list[Any] | tuple[Any, ...], where: str, depth: int) -> str:
    for index, inner in enumerate(value):
        if isinstance(inner, Mapping) and not _kept(inner):
            raise SettingsRefused("empty_dictionary_in_array", f"{where}[{index}]: an empty dictionary in an array.")
    return f"[{','.join(_written(inner, f'{where}[{index}]', depth + 1) for index, inner in enumerate(value))}]"


def _dictionary(value: Mapping[Any, Any], where: str, depth: int) -> str:
    names = _in_order(value, where)
    kept = _kept(value)
    if names and names[-1] not in kept:
        raise SettingsRefused("last_key_left_out", f"{where}.{names[-1]}: the last setting in order is left out.")
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
            raise SettingsRefused("key", f"{where}: the key {name!r:.80} has characters that are ordered differently.")
    if len({name.lower() for name in value}) < len(value):
        raise SettingsRefused("keys_differ_in_case", f"{where}: two keys differ only in upper and lower case.")
    # Clients lower, raise or collate before they compare: signs then stand before, between or behind the letters.
    orders = [sorted(value, key=order) for order in (str.lower, str.upper, _collated)]
    if not orders[0] == orders[1] == orders[2]:
        raise SettingsRefused("key_order", f"{where}: keys with signs are ordered differently by different clients.")
    return orders[0]


def _collated(name: str) -> list[tuple[bool, str]]:
    return [(letter.isalnum(), letter) for letter in name.lower()]


def _integer(value: int, where: str) -> str:
    if not -(2**63) <= value < 2**63:
        raise SettingsRefused("integer", f"{where}: a whole number of more than 64 bits.")
    return str(value)


def _text(value: str, where: str) -> str:
    if '"' in value:
        raise SettingsRefused("quotation_mark", f"{where}: a quotation mark is written differently by clients.")
    if CONTROL.search(value):
        raise SettingsRefused("control_character", f"{where}: a control character, such as a line break.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingsRefused("half_character", f"{where}: half of a character.") from error
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
