"""An agreement as a redline: every clause with what was struck out and what was put in since an earlier version."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.agreement.document import Agreement
from linkspan.pathways.rules.agreement.words import agreement_in_words

PIECES = re.compile(r"\s+|\S+")
#: Longer texts are struck out and put in as a whole: comparing them word by word would take too long.
LONGEST = 5_000
type Tell = Callable[[Sentence], str]
type Key = tuple[str, str]
type Clauses = Mapping[Key, tuple[str, str]]


class Mark(StrEnum):
    """What became of a stretch of a clause."""

    KEPT = "kept"
    STRUCK = "removed"
    PUT_IN = "added"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that stand together and became the same."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Redlined:
    """A clause, by its section and number, in stretches; one stretch that is kept if nothing changed."""

    section: str
    clause: str
    stretches: tuple[Stretch, ...]

    @property
    def changed(self) -> bool:
        """Whether anything of it changed."""
        return any(one.mark is not Mark.KEPT for one in self.stretches)


def redline(before: Agreement | None, after: Agreement, tell: Tell = str) -> tuple[Redlined, ...]:
    """Every clause of the later terms in their order, then those that are gone; `tell` says a sentence to its reader.

    Without earlier terms every clause is kept: the agreement as it stands.
    """
    new = _clauses(after, tell)
    old = new if before is None else _clauses(before, tell)
    named = {key: called for key, (called, _said) in {**old, **new}.items()}
    nothing = ("", "")
    return tuple(
        Redlined(key[0], called, tuple(_stretches(old.get(key, nothing)[1], new.get(key, nothing)[1])))
        for key, called in _in_order(new, old, named)
    )


def _in_order(new: Clauses, old: Clauses, named: Mapping[Key, str]) -> Iterator[tuple[Key, str]]:
    """The clauses section by section, as the later terms have them; in each those that are gone come last."""
    sections = dict.fromkeys(section for section, _clause in (*new, *old))
    for section in sections:
        yield from ((key, named[key]) for key in dict.fromkeys((*new, *old)) if key[0] == section)


def _clauses(terms: Agreement, tell: Tell) -> Clauses:
    """How each clause is called and what it says; a line without one stands under its beginning and has no name."""
    found: dict[Key, tuple[str, list[str]]] = {}
    for line in agreement_in_words(terms):
        clause = line.clause
        called = tell(clause) if isinstance(clause, Sentence) else clause
        key = (line.section, str(clause) or line.text.partition("{")[0])
        found.setdefault(key, (called, []))[1].append(tell(line.in_words()))
    return {key: (called, "; ".join(lines)) for key, (called, lines) in found.items()}


def _stretches(before: str, after: str) -> Iterator[Stretch]:
    if before == after or max(len(before), len(after)) > LONGEST:
        yield from _whole(before, after)
        return
    old, new = PIECES.findall(before), PIECES.findall(after)
    for what, at, to, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Stretch(Mark.KEPT, "".join(old[at:to]))
            continue
        if at < to:
            yield Stretch(Mark.STRUCK, "".join(old[at:to]))
        if start < end:
            yield Stretch(Mark.PUT_IN, "".join(new[start:end]))


def _whole(before: str, after: str) -> Iterator[Stretch]:
    if before == after:
        yield Stretch(Mark.KEPT, after)
        return
    if before:
        yield Stretch(Mark.STRUCK, before)
    if after:
        yield Stretch(Mark.PUT_IN, after)
