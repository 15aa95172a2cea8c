"""The versions of the rules: what is judged otherwise than before, each change by name, so that old audits replay.

An audit is judged, and judged again years later, by the version it was stored with. A change that could give another
answer is a member of `Meaning`, asked for where it is decided (`Meaning.PLACES in reading.rules`); what holds in no
member holds in every version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.language.scales import KNOWN, Scale

if TYPE_CHECKING:
    from linkspan.pathways.rules.agreement import GradeMap, StatedScale, Terms

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
    maps: "tuple[GradeMap, ...]" = ()
    scales: tuple[Scale, ...] = ()

    def __contains__(self, meaning: Meaning) -> bool:
        return meaning in self.rules

    def scale(self, name: str) -> Scale | None:
        """A scale by name: as stated, else as known; None if neither."""
        return next((scale for scale in self.scales if scale.name == name), KNOWN.get(name))


def reading_of(terms: "Terms", rules: Rules) -> Reading:
    """How the terms of an agreement (`Agreement.in_force`) read a record."""
    return Reading(rules, terms.grade_maps, scales_of(terms.scales))


def scales_of(stated: "Iterable[StatedScale]") -> tuple[Scale, ...]:
    """The scales that terms state."""
    return tuple(Scale(row.name, row.best, row.worst, row.lowest_pass) for row in stated)
