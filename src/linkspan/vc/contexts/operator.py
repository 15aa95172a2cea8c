"""Contexts that an operator adds, by hash: files in `contexts` under the operator's home (`LINKSPAN_HOME`, or `var`).

No database and no framework: what issues and what verifies read the same folder.
"""

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from linkspan.vc.errors import DataLoss, VcError

REGISTER = "register.json"
USABLE_CONTAINERS = frozenset({"@set", "@list", "@graph", None})
_changes: list[str] = []


class Entry(NamedTuple):
    """An added context: its address, the hash it is pinned by, and whether it names every unknown term (`@vocab`)."""

    url: str
    sha256: str
    catch_all: bool
    folder: Path


def folder() -> Path:
    """Where added contexts stand."""
    return Path(os.environ.get("LINKSPAN_HOME") or "var").resolve() / "contexts"


def registered() -> dict[str, Entry]:
    """The added contexts by address; VcError (`contexts_broken`) if the register cannot be read."""
    place = folder() / REGISTER
    try:
        changed = place.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    return _read_register(place, changed)


@lru_cache(maxsize=4)
def _read_register(place: Path, changed: int) -> dict[str, Entry]:
    try:
        rows = json.loads(place.read_text())["contexts"]
        entries = [Entry(row["url"], row["sha256"], bool(row["catch_all"]), place.parent) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VcError("contexts_broken", f"The register of contexts {place} cannot be read: {error}") from error
    return {entry.url: entry for entry in entries}


def read(entry: Entry) -> Any:
    """The document of an added context; DataLoss (`context_changed`) if its file is gone or no JSON."""
    try:
        return json.loads((entry.folder / f"{entry.sha256}.json").read_text())
    except (OSError, ValueError) as error:
        raise DataLoss("context_changed", f"The file of the context {entry.url} is gone. Add it again.") from error


def add(url: str, document: Any, sha256: str, *, catch_all: bool = False, replace: bool = False) -> Entry:
    """Register a context under an address, and keep its file.

    VcError: `context_address` (no web address), `context_broken` (no `@context`), `context_unusable` (it uses what safe
    mode cannot follow), `context_catch_all` (it defines every unknown term, so a misspelt or injected one would be
    signed as if it were meant; `catch_all` allows it), `context_registered` (other bytes stand there already, and
    `replace` was not given).
    """
    _check(url, document, catch_all)
    there = registered().get(url)
    if there is not None and there.sha256 != sha256 and not replace:
        raise VcError("context_registered", f"Another form of {url} was added before: {there.sha256}. Use --replace.")
    entry = Entry(url, sha256, has_catch_all(document["@context"]), folder())
    entry.folder.mkdir(parents=True, exist_ok=True)
    _write(entry.folder / f"{sha256}.json", document)
    rows = [*(row for row in registered().values() if row.url != url), entry]
    kept = [{"url": row.url, "sha256": row.sha256, "catch_all": row.catch_all} for row in rows]
    _write(entry.folder / REGISTER, {"contexts": kept})
    _read_register.cache_clear()
    _changes.append(sha256)
    return entry


def changes() -> int:
    """How often this process has changed the register."""
    return len(_changes)


def _check(url: str, document: Any, catch_all: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise VcError("context_address", f"{url[:200]} is not the web address of a context.")
    if not isinstance(document, dict) or not isinstance(document.get("@context"), dict | list):
        raise VcError("context_broken", "The file is not a JSON-LD context: it has no @context.")
    _check_usable(document["@context"])
    if has_catch_all(document["@context"]) and not catch_all:
        raise VcError(
            "context_catch_all",
            "The context defines every unknown term (@vocab), so a misspelt or injected one would be signed as if it "
            "were meant. If you accept that, add --catch-all.",
        )


def _check_usable(value: Any) -> None:
    """Refuse what safe mode cannot follow: maps whose keys are data, text directions, and fetching yet another file."""
    for name, inner in _members(value):
        kinds = inner if isinstance(inner, list) else [inner]
        if name == "@container" and not USABLE_CONTAINERS.issuperset(kinds):
            raise VcError("context_unusable", f"The context has maps whose keys are data ({inner}): not read here.")
        if name in ("@import", "@direction") and inner is not None:
            raise VcError("context_unusable", f"The context uses {name}, which is not read here.")


def has_catch_all(value: Any) -> bool:
    """Whether a context maps terms that nobody defined (`@vocab`), at any depth."""
    return any(name == "@vocab" and inner is not None for name, inner in _members(value))


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _members(child)


def _write(place: Path, value: Any) -> None:
    """Whole or not at all, so that who reads meanwhile sees the old or the new."""
    scratch = place.with_suffix(f".{os.getpid()}.new")
    scratch.write_text(json.dumps(value, indent=1))
    scratch.replace(place)
