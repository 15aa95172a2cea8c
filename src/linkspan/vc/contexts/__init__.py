"""The JSON-LD contexts that are accepted: an allow-list, pinned by the SHA-256 of their RFC 8785 form.

Most come from npm packages, built once by `python -m linkspan.vc.contexts.build`; an operator adds others by hash
(`vc.contexts.operator`, `linkspan contexts add`). None is ever fetched.
"""

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import rfc8785

from linkspan.vc.contexts import operator
from linkspan.vc.errors import ContextsMissing, DataLoss, VcError

HERE = Path(__file__).resolve().parent
BUILT = HERE / "built"
PINS: dict[str, dict[str, str]] = json.loads((HERE / "pins.json").read_text())

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
CLR_ADDRESSES = "https://purl.imsglobal.org/spec/clr/"
DEEPEST = 5


def digest(context: Any) -> str:
    """SHA-256 of a context document in RFC 8785 form, as hex."""
    return hashlib.sha256(rfc8785.dumps(context)).hexdigest()


def context(url: str) -> Any:
    """The `@context` value of an accepted context, with contexts it names put in place.

    Raises DataLoss (`context_unknown`, `context_changed`) and ContextsMissing if none were built.
    """
    return _context(url, 0)


def forget() -> None:
    """Read the built contexts anew when they are next needed."""
    _built.cache_clear()


def state() -> tuple[str | None, int]:
    """What identifies the set of accepted contexts: results kept under one state do not serve another."""
    return os.environ.get("LINKSPAN_HOME"), operator.changes()


def known(url: str) -> bool:
    """Whether the address is one of an accepted context."""
    return url in PINS or url in operator.registered()


def add(url: str, document: Any, *, catch_all: bool = False, replace: bool = False) -> operator.Entry:
    """Accept a context of the operator's under an address (`operator.add`), once the contexts it names are accepted.

    VcError `context_pinned` if the address is one of a built context and the document is another form of it: what it
    signs, no one else would accept.
    """
    sha256 = digest(document)
    if url in PINS and PINS[url]["sha256"] != sha256:
        raise VcError("context_pinned", f"{url} is built in, and this is another form of it ({sha256}).")
    if isinstance(document, dict):
        inline(document.get("@context"))
    return operator.add(url, document, sha256, catch_all=catch_all, replace=replace)


def _context(url: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise DataLoss("context_cycle", f"The context {url} names others without end.")
    document = _built(url) if url in PINS else _added(url)
    return _inline(document["@context"], depth + 1)


@cache
def _built(url: str) -> Any:
    pin = PINS[url]
    place = BUILT / pin["file"]
    if not place.exists():
        raise ContextsMissing(
            "The JSON-LD contexts are not built. Run: make setup, or python -m linkspan.vc.contexts.build"
        )
    document = json.loads(place.read_text())
    if digest(document) != pin["sha256"]:
        raise DataLoss("context_changed", f"The stored context {url} is not the pinned one. Build the contexts again.")
    return document


def _added(url: str) -> Any:
    entry = operator.registered().get(url)
    if entry is None:
        raise DataLoss("context_unknown", _unknown(url))
    document = operator.read(entry)
    if digest(document) != entry.sha256:
        raise DataLoss("context_changed", f"The stored context {url} is not the one that was added. Add it again.")
    return document


def _unknown(url: str) -> str:
    command = f"linkspan contexts add FILE --url {url[:200]}"
    if url.startswith(CLR_ADDRESSES):
        return f"CLR 2.0 needs its context, which is in no package. With the file from 1EdTech run: {command}"
    return f"The context {url[:200]} is not one that is accepted here. If you rely on it, run: {command}"


def inline(value: Any) -> Any:
    """A context value with every address replaced by the accepted context behind it, at any depth."""
    return _inline(value, 0)


def _inline(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _context(value, depth)
    if isinstance(value, list):
        flat: list[Any] = []
        for entry in value:
            inlined = _inline(entry, depth)
            flat.extend(inlined if isinstance(inlined, list) else [inlined])
        return flat
    if isinstance(value, dict):
        return {key: _inline_scoped(definition, depth) for key, definition in value.items()}
    return value


def _inline_scoped(definition: Any, depth: int) -> Any:
    if isinstance(definition, dict) and "@context" in definition:
        scoped = definition["@context"]
        return {**definition, "@context": _inline(scoped, depth) if scoped is not None else None}
    return definition
