"""The versions of the rules: what is judged otherwise than before, each change by name, so that old audits replay.

An audit is judged, and judged again years later, by the version it was stored with. A change that could give another
answer is a member of `Meaning`, asked for where it is decided (`Meaning.PLACES in reading.rules`); what holds in no
member holds in every version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.scales import KNOWN, Scale, read_scale

#: Stored with every audit; raised when the same inputs could give another result.
RULES_VERSION = "3"


class Meaning(StrEnum):
    """What version 3 judges otherwise than version 2."""

    OPEN_LISTS = "open_lists"
    FAILED_WORK = "failed_work"
    SCALES = "scales"
    BEST_ATTEMPT = "best_attempt"
    AFTER_ADMISSION = "after_admission"
    LAPSED_ACCREDITATION = "lapsed_accreditation"
    CODES = "codes"
    PLACES = "places"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one version: the changed meanings that hold in it."""

    version: str
    meanings: frozenset[Meaning]

    def __contains__(self, meaning: Meaning) -> bool:
        return meaning in self.meanings


EVERY: Mapping[str, Rules] = {
    "2": Rules("2", frozenset()),
    "3": Rules("3", frozenset(Meaning)),
}
PRESENT = EVERY[RULES_VERSION]


def rules_of(version: str) -> Rules:
    """The rules of a stored version; Unusable if this release does not know them."""
    if version not in EVERY:
        raise Unusable(
            "rules_unknown",
            "Rules {version} are not known here; known: {every}.",
            version=version,
            every=", ".join(EVERY),
        )
    return EVERY[version]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of a record are read: by which rules, with which stated grade mappings and scales."""

    rules: Rules
    maps: tuple[Mapping[str, Any], ...] = ()
    scales: tuple[Scale, ...] = ()

    def __contains__(self, meaning: Meaning) -> bool:
        return meaning in self.rules

    def scale(self, name: str) -> Scale | None:
        """A scale by name: as stated, else as known; None if neither."""
        return next((scale for scale in self.scales if scale.name == name), KNOWN.get(name))


def reading_of(terms: Mapping[str, Any], rules: Rules) -> Reading:
    """How the terms of an agreement (`document.terms_of`) read a record."""
    scales = tuple(read_scale(row) for row in terms.get("scales") or ())
    return Reading(rules, tuple(terms.get("grade_maps") or ()), scales)
