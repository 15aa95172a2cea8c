"""The JSON-LD contexts that are accepted: an allow-list, pinned by the SHA-256 of their RFC 8785 form.

They come from npm packages, built once by `python -m linkspan.vc.contexts.build`, and are never fetched.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import rfc8785

from linkspan.vc.errors import ContextsMissing, DataLoss

HERE = Path(__file__).resolve().parent
BUILT = HERE / "built"
PINS: dict[str, dict[str, str]] = json.loads((HERE / "pins.json").read_text())

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"


def digest(context: Any) -> str:
    """SHA-256 of a context document in RFC 8785 form, as hex."""
    return hashlib.sha256(rfc8785.dumps(context)).hexdigest()


@cache
def context(url: str) -> Any:
    """The `@context` value of an accepted context, with contexts it names put in place.

    Raises DataLoss (`context_unknown`) for any other address and ContextsMissing if none were built.
    """
    pin = PINS.get(url)
    if pin is None:
        raise DataLoss("context_unknown", f"The context {url} is not one that is accepted here.")
    place = BUILT / pin["file"]
    if not place.exists():
        raise ContextsMissing(
            "The JSON-LD contexts are not built. Run: make setup, or python -m linkspan.vc.contexts.build"
        )
    document = json.loads(place.read_text())
    if digest(document) != pin["sha256"]:
        raise DataLoss("context_changed", f"The stored context {url} is not the pinned one. Build the contexts again.")
    return inline(document["@context"])


def inline(value: Any) -> Any:
    """A context value with every address replaced by the accepted context behind it, at any depth."""
    if isinstance(value, str):
        return context(value)
    if isinstance(value, list):
        flat: list[Any] = []
        for entry in value:
            inlined = inline(entry)
            flat.extend(inlined if isinstance(inlined, list) else [inlined])
        return flat
    if isinstance(value, dict):
        return {key: _inline_scoped(definition) for key, definition in value.items()}
    return value


def _inline_scoped(definition: Any) -> Any:
    if isinstance(definition, dict) and "@context" in definition:
        scoped = definition["@context"]
        return {**definition, "@context": inline(scoped) if scoped is not None else None}
    return definition
