"""JSON Schemas of others that an operator has from their publisher, by hash: `schemas` under the operator's home.

None is fetched and none is part of this program. What issues and what verifies read the same folder.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc.errors import VcError
from linkspan.vc.schema_registry import SchemaRegistry, digest

REGISTER = "register.json"
LARGEST = 2_000_000


def folder() -> Path:
    """Where they stand."""
    return Path(os.environ.get("LINKSPAN_HOME") or "var").resolve() / "schemas"


def registered() -> Mapping[str, Mapping[str, Any]]:
    """The added schemas by address; VcError (`schemas_broken`, `schema_changed`) if one is not what was added."""
    place = folder() / REGISTER
    try:
        changed = place.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    return _read(place, changed)


@lru_cache(maxsize=4)
def _read(place: Path, changed: int) -> Mapping[str, Mapping[str, Any]]:
    found = SchemaRegistry()
    try:
        for url, sha256 in json.loads(place.read_text()).items():
            document = json.loads((place.parent / f"{sha256}.json").read_text())
            found = found.register(url, document, sha256=sha256)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, VcError):
            raise
        raise VcError("schemas_broken", f"The register of schemas {place} cannot be read: {error}") from error
    return found.schemas


def add(url: str, document: Any) -> str:
    """Keep a schema under the address by which credentials name it; returns its SHA-256.

    VcError: `schema_address` (no web address), `schema_broken` (no JSON Schema).
    """
    if urlsplit(url).scheme != "https" or not urlsplit(url).netloc:
        raise VcError("schema_address", f"{url[:200]} is not the web address of a schema.")
    if not isinstance(document, Mapping) or "$schema" not in document:
        raise VcError("schema_broken", "The file is not a JSON Schema: it does not name its $schema.")
    sha256 = digest(document)
    SchemaRegistry().register(url, document, sha256=sha256)
    rows = {one: digest(schema) for one, schema in registered().items()} | {url: sha256}
    folder().mkdir(parents=True, exist_ok=True)
    _write(folder() / f"{sha256}.json", document)
    _write(folder() / REGISTER, rows)
    _read.cache_clear()
    return sha256


def _write(place: Path, value: Any) -> None:
    """Whole or not at all, so that who reads meanwhile sees the old or the new."""
    scratch = place.with_suffix(f".{os.getpid()}.new")
    scratch.write_text(json.dumps(value, indent=1))
    scratch.replace(place)
