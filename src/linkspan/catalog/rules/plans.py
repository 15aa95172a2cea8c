"""What a file does with each of its entries, before it is done and after."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from linkspan.catalog.rules.entries import Kind
from linkspan.kernel.reasons import Sentence


class Outcome(StrEnum):
    """What becomes of an entry of a file; `waits` is prepared already, and `published` became public at once."""

    NEW = "new"
    CHANGED = "changed"
    PUBLISHED = "published"
    WAITS = "waits"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Filed:
    """An entry of a file: where it stands there, such as `courses.0`, and what is told of it."""

    place: str
    kind: Kind
    told: object


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of an entry; `changes` are fields with what was and what will be, `errors` fields with words."""

    place: str
    key: str
    outcome: Outcome
    changes: tuple[tuple[str, Any, Any], ...] = ()
    errors: tuple[tuple[str, str], ...] = ()

    def refused(self, words: str) -> "Planned":
        """The same entry, refused for that reason."""
        return replace(self, outcome=Outcome.REFUSED, changes=(), errors=(("", words),))

    def told(self) -> dict[str, Any]:
        """As JSON."""
        changes = [{"field": name, "before": before, "after": after} for name, before, after in self.changes]
        errors = [{"field": name, "reason": words} for name, words in self.errors]
        return {
            "place": self.place,
            "key": self.key,
            "outcome": self.outcome.value,
            "changes": changes,
            "errors": errors,
        }


def repeated(earlier: str) -> Sentence:
    """Why an entry is refused that is in the file already, at a place before."""
    return Sentence("repeated", "This is in the file already, as {earlier}. Remove one of the two.", earlier=earlier)


def counted(planned: Iterable[Planned]) -> dict[str, int]:
    """How many entries have each outcome."""
    found = Counter(one.outcome for one in planned)
    return {outcome.value: found[outcome] for outcome in Outcome}


def differing(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    """The fields of an entry that change."""
    was = before or {}
    return tuple((name, was.get(name), value) for name, value in after.items() if was.get(name) != value)
