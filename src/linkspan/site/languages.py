"""Which languages a build offers."""

import json
from pathlib import Path


def whole_languages(noted: Path) -> list[str]:
    """The languages whose catalogues were whole when they were compiled; English alone where nothing was noted."""
    try:
        found = json.loads(noted.read_text())
    except (OSError, ValueError):
        return ["en"]
    return ["en", *map(str, found)] if isinstance(found, list) else ["en"]
