"""Read single entries of the trail whole, and as evidence: with all that their hashes cover."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from linkspan.kernel.audit.chain import Part, commitment, words
from linkspan.kernel.audit.entries import Entry, read_entry, sealed
from linkspan.kernel.errors import NotFound
from linkspan.kernel.models import TrailEntry

#: Other entries about the same thing that a page shows, the newest of them.
MOST_BESIDE = 100
#: What an entry is as evidence, beside its words: with these its hash is computed again.
HASHED = ("name_salt", "name_sha256", "words_salt", "words_sha256", "previous_sha256", "sha256")


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A field that an entry names, with its value before and after; None where there was none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class WholeEntry:
    """An entry with what it changed, whether it is as it was written, and what else was done to the same thing."""

    entry: Entry
    changes: tuple[BeforeAfter, ...]
    whole: bool
    beside: tuple[Entry, ...]


def whole_entry(position: int) -> WholeEntry:
    """One entry by its position; NotFound if there is none. Who may read it has been decided."""
    row = TrailEntry.objects.filter(position=position).first()
    if row is None:
        raise NotFound("entry_unknown", "There is no such entry.")
    others = TrailEntry.objects.filter(subject=row.subject).exclude(position=position).order_by("-position")
    beside = tuple(read_entry(one) for one in others[:MOST_BESIDE])
    return WholeEntry(read_entry(row), changes(row.before, row.after), _as_written(row), beside)


def changes(before: Any, after: Any) -> tuple[BeforeAfter, ...]:
    """The fields that two states name, in their order; what both hold alike is left out."""
    first, second = (value if isinstance(value, dict) else {} for value in (before, after))
    return tuple(
        BeforeAfter(name, first.get(name), second.get(name))
        for name in dict.fromkeys((*first, *second))
        if not (name in first and name in second and first[name] == second[name])
    )


def as_evidence(subjects: Collection[str]) -> list[dict[str, Any]]:
    """Every entry about those things, oldest first, with the salts and hashes by which anybody can check it."""
    rows = TrailEntry.objects.filter(subject__in=subjects).order_by("position")
    return [
        {
            "institution": row.institution,
            "number": row.number,
            "at": row.at,
            "actor_id": row.actor_id,
            "actor_name": row.actor_name,
            "verb": row.verb,
            "subject": row.subject,
            **words(row.before, row.after, row.why),
            **{name: getattr(row, name) for name in HASHED},
        }
        for row in rows
    ]


def _as_written(row: TrailEntry) -> bool:
    """Whether the entry's own hashes hold; a part that was erased has no salt, and is judged with its chain."""
    said = words(row.before, row.after, row.why)
    parts = {
        Part.NAME: (row.name_salt, row.actor_name, row.name_sha256),
        Part.WORDS: (row.words_salt, said, row.words_sha256),
    }
    return sealed(row).sha256() == row.sha256 and all(
        not salt or commitment(salt, value) == committed for salt, value, committed in parts.values()
    )
