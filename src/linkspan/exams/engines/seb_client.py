"""Settings of Safe Exam Browser for an exam: written plainly or uploaded, and held against what a client shows."""

import base64
import hmac
import json
import plistlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from linkspan.exams.engines.seb import SettingsRefused, config_key, from_json, header_of, read_settings
from linkspan.exams.rules import Client, Floor, Lockdown, OutsideSeb, read_floors, version_takes
from linkspan.kernel.errors import Unusable

LARGEST = 100_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
#: The engine that tells its keys to scripts; others send headers whatever is set.
MODERN_ENGINE = 3
#: Without it, no client sends a hash.
SENDS_HASHES = "sendBrowserExamKey"


def plain_settings(start_url: str, quit_url: str, versions: Iterable[Floor]) -> dict[str, Any]:
    """Return the settings that we write: the start page, the quit link, hashes sent, and the versions if any."""
    told = {"sebAllowedVersions": [str(floor) for floor in versions]}
    return {
        "allowQuit": True,
        "browserWindowWebView": MODERN_ENGINE,
        "quitURL": quit_url,
        SENDS_HASHES: True,
        "startURL": start_url,
    } | (told if told["sebAllowedVersions"] else {})


def lockdown_of(settings: Mapping[str, Any], base_url: str) -> Lockdown:
    """Return what settings ask of a client; Unusable where a learner could not sit the exam with them here."""
    base = urlsplit(base_url)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        raise Unusable(
            "seb_needs_https",
            "Safe Exam Browser needs an address that begins with https. Ask your operators to set LINKSPAN_BASE_URL.",
        )
    key = config_key(settings)
    if len(file_of(settings)) > LARGEST:
        raise Unusable("seb_settings_large", "The settings are larger than {most} kB.", most=LARGEST // 1000)
    start = settings.get("startURL")
    if not isinstance(start, str) or not f"{start}/".startswith(f"{base_url.rstrip('/')}/"):
        raise Unusable(
            "seb_start_elsewhere",
            "startURL is {start}. It must lead to this server: {base}.",
            start=str(start)[:200],
            base=base_url,
        )
    if settings.get(SENDS_HASHES) is not True:
        raise Unusable(
            "seb_sends_nothing", "Turn on sendBrowserExamKey in the settings. Without it no browser can prove itself."
        )
    versions = settings.get("sebAllowedVersions", [])
    if not isinstance(versions, list):
        raise Unusable("seb_versions_unusable", "sebAllowedVersions is no list.")
    leave = settings.get("quitURL", "")
    if not isinstance(leave, str) or urlsplit(leave).scheme not in ("", "http", "https"):
        raise Unusable("seb_quit_unusable", "quitURL is no address that begins with https.")
    return Lockdown(key, (), read_floors(map(str, versions)), leave)


def read_upload(content: bytes) -> Mapping[str, Any]:
    """Return the settings in a .seb file, or in the same as JSON."""
    if content.lstrip()[:1] != b"{":
        return read_settings(content)
    try:
        return dict(from_json(json.loads(content)))
    except (ValueError, RecursionError, TypeError) as error:
        raise SettingsRefused("unreadable", "The file is no JSON.") from error


def file_of(settings: Mapping[str, Any]) -> bytes:
    """Return the .seb file: plain, since the Config Key shows any change of it."""
    try:
        return plistlib.dumps(dict(settings))
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsRefused("kind", "These settings cannot be written as a file.") from error


def to_json(value: Any) -> Any:
    """Return settings as JSON, with `{"data_base64": "..."}` for bytes; `from_json` reads it."""
    if isinstance(value, bytes | bytearray):
        return {"data_base64": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {name: to_json(inner) for name, inner in value.items()}
    return [to_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def why_not(lockdown: Lockdown, client: Client) -> OutsideSeb | None:
    """Return why what a client shows is not what an exam asks for; None if it is."""
    why = None if client.proven else _hashes_wrong(lockdown, client)
    if why is not None or version_takes(lockdown, client):
        return why
    asked = ", ".join(map(str, lockdown.versions))
    return OutsideSeb("seb_version", "This exam needs another version of Safe Exam Browser: {asked}.", asked=asked)


def _hashes_wrong(lockdown: Lockdown, client: Client) -> OutsideSeb | None:
    if not client.config_hash:
        return OutsideSeb("seb_missing", "This exam is taken in Safe Exam Browser. Open the exam's file with it.")
    if not _same(lockdown.config_key, client.config_hash, client.url):
        return OutsideSeb(
            "seb_settings_differ",
            "Safe Exam Browser has other settings than this exam asks for. Open the exam's file with it.",
        )
    known = [key for key in lockdown.client_keys if _same(key, client.client_hash, client.url)]
    if lockdown.client_keys and not known:
        return OutsideSeb(
            "seb_client_unknown",
            "This copy of Safe Exam Browser is not on the exam's list. Install the version that your proctor names.",
        )
    return None


def _same(key: str, shown: str, url: str) -> bool:
    return hmac.compare_digest(header_of(key, url).encode(), shown.lower().encode("utf-8", "replace"))
