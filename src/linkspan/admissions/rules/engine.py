"""The versions of the round engine: a matching is replayed by the version that it was stored with."""

from collections.abc import Mapping
from enum import StrEnum

from linkspan.kernel.errors import Unusable

#: Stored with every matching; raised when the same input could give another result, or other words.
ENGINE_VERSION = "2"


class Change(StrEnum):
    """What version 2 does otherwise than version 1: scores may have decimals, and lower ones may be better."""

    DECIMAL_SCORES = "decimal_scores"


Changes = frozenset[Change]
EVERY: Mapping[str, Changes] = {"1": frozenset(), "2": frozenset(Change)}
PRESENT = EVERY[ENGINE_VERSION]


def changes_of(version: str) -> Changes:
    """What of a stored version's engine differs from the first; Unusable if this release does not know it."""
    if version not in EVERY:
        raise Unusable(
            "engine_unknown",
            "Engine {version} is not known here; known: {every}.",
            version=version,
            every=", ".join(EVERY),
        )
    return EVERY[version]
