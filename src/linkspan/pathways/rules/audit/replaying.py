"""A stored audit beside the same one judged again: what is decided otherwise, and what is only worded otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any
from uuid import UUID

from linkspan.kernel.record import Record
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import audit_under
from linkspan.pathways.rules.language.meaning import PRESENT, Meaning, Rules, rules_of
from linkspan.pathways.rules.life.versions import judging_from

#: The members of an audit that say in words what the others decide.
WORDING = frozenset({"text", "have", "need", "reason", "changes", "why"})


@dataclass(frozen=True, slots=True)
class StoredAudit:
    """An audit as it was seen."""

    id: UUID
    learner_id: UUID
    agreement_id: str
    version: int
    on: date
    record: Record
    result: Mapping[str, Any]
    rules_version: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What one place of an audit held before and holds after; `words` if only a sentence changed."""

    place: str
    before: Any
    after: Any
    words: bool = False

    def as_json(self) -> dict[str, Any]:
        """The place with both values."""
        return {"place": self.place, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored audit judged again by the rules that it was stored with.

    `differences` are what is decided otherwise now; `reworded` the places that say the same in other words. `since`
    has, for each meaning that came later, what it alone would decide otherwise.
    """

    stored: StoredAudit
    again: Mapping[str, Any]
    differences: tuple[Difference, ...]
    reworded: tuple[str, ...]
    since: Mapping[Meaning, tuple[Difference, ...]]

    @property
    def same(self) -> bool:
        """Whether everything is decided as it was; a changed wording is no difference."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan audits replay --json` prints."""
        return {
            "id": str(self.stored.id),
            "same": self.same,
            "rules_version": self.stored.rules_version,
            "stored": self.stored.result,
            "again": self.again,
            "differences": [one.as_json() for one in self.differences],
            "reworded": list(self.reworded),
            "since": {meaning.value: [one.as_json() for one in changed] for meaning, changed in self.since.items()},
        }


def replay(stored: StoredAudit, agreement: Agreement) -> Replay:
    """Judge a stored record again under the stored version; Unusable if its rules are not known here."""
    rules, judging = rules_of(stored.rules_version), judging_from(agreement, stored.result)

    def judged(by: Rules) -> dict[str, Any]:
        return audit_under(judging, stored.record, stored.on, by).as_json()

    again = judged(rules)
    found = tuple(differences(stored.result, again))
    since = {
        meaning: changed
        for meaning in sorted(PRESENT.meanings - rules.meanings)
        if (changed := _decided(again, judged(Rules(rules.version, rules.meanings | {meaning}))))
    }
    decided = tuple(one for one in found if not one.words)
    return Replay(stored, again, decided, tuple(one.place for one in found if one.words), since)


def in_sentences(stored: StoredAudit, agreement: Agreement) -> Mapping[str, Any]:
    """What was stored, where each text is a sentence again that the same judgement words the same.

    A sentence can be told in the reader's language; what is stored, and what it says in English, is the text alone.
    """
    rules, judging = rules_of(stored.rules_version), judging_from(agreement, stored.result)
    told: Mapping[str, Any] = _told(stored.result, audit_under(judging, stored.record, stored.on, rules).as_json())
    return told


def _told(before: Any, after: Any) -> Any:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {name: _told(value, after.get(name)) for name, value in before.items()}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_told(*pair) for pair in zip(before, after, strict=True)]
    return after if before == after else before


def _decided(before: Any, after: Any) -> tuple[Difference, ...]:
    return tuple(one for one in differences(before, after) if not one.words)


def differences(before: Any, after: Any, place: str = "", words: bool = False) -> Iterator[Difference]:
    """The innermost places where two audits differ, each named by its members and clauses: `requirements 3 outcome`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            inner = f"{place} {name}".strip()
            yield from differences(before.get(name), after.get(name), inner, words or name in WORDING)
    elif isinstance(before, list) and isinstance(after, list):
        for number, pair in enumerate(zip_longest(before, after), start=1):
            yield from differences(*pair, f"{place} {_name(pair, number)}", words)
    elif before != after:
        yield Difference(place, before, after, words)


def _name(pair: tuple[Any, Any], number: int) -> str:
    """The clause of a row, else its number."""
    row = next((one for one in pair if isinstance(one, Mapping)), {})
    return str(row.get("clause") or number)
