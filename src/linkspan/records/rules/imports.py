"""Rows that a learning platform hands over: the sound ones as learners with facts, the others by number and reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from linkspan.courseware.rules import PlatformLearner, PlatformRow
from linkspan.records.rules.facts import ImportedLearner, Kind, NewFact
from linkspan.records.rules.shapes import problems_of

MOST_FACTS = 500
#: Of one row, so many problems are told.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Why a row is not taken: its number, the learner if one could be read, the field by its path, the reason."""

    row: int
    email: str
    field: str
    reason: str

    def __str__(self) -> str:
        """In words."""
        field = f"{self.field}: " if self.field else ""
        return f"row {self.row}{f' ({self.email})' if self.email else ''}: {field}{self.reason}"


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The rows of an import after the check: learners by row, and what is refused."""

    rows: tuple[tuple[int, ImportedLearner], ...]
    refused: tuple[RefusedRow, ...]


def check_rows(rows: Iterable[PlatformRow], on: date) -> CheckedRows:
    """Take a row whole or not at all: one wrong fact refuses it, and no other."""
    sound: list[tuple[int, ImportedLearner]] = []
    refused: list[RefusedRow] = []
    seen: dict[tuple[str, str, str], tuple[int, NewFact]] = {}
    for row in rows:
        if row.learner is None:
            refused.append(RefusedRow(row.number, "", "", row.problem))
            continue
        facts, wrong = _facts(row.number, row.learner, on)
        wrong = wrong[:MOST_TOLD] or _repeated(row.number, row.learner, facts, seen)
        if wrong:
            refused += wrong
            continue
        seen |= {(row.learner.email, fact.kind, fact.key): (row.number, fact) for fact in facts}
        sound.append((row.number, ImportedLearner(row.learner.email, row.learner.name, tuple(facts))))
    return CheckedRows(tuple(sound), tuple(refused))


def _facts(number: int, learner: PlatformLearner, on: date) -> tuple[list[NewFact], list[RefusedRow]]:
    facts: list[NewFact] = []
    wrong: list[RefusedRow] = []
    if len(learner.facts) > MOST_FACTS:
        return facts, [RefusedRow(number, learner.email, "facts", f"are more than {MOST_FACTS}")]
    for place, (kind, key, data) in enumerate(learner.facts):
        path = f"facts.{place}"
        if kind not in set(Kind):
            wrong.append(RefusedRow(number, learner.email, f"{path}.kind", f"there is no kind of fact {kind[:60]!r}"))
            continue
        for problem in problems_of(Kind(kind), key, data, on):
            inner = f"data.{problem.field}" if problem.field not in ("", "key") else problem.field or "data"
            wrong.append(RefusedRow(number, learner.email, f"{path}.{inner}", problem.reason))
        facts.append(NewFact(Kind(kind), key, data))
    return facts, wrong


def _repeated(
    number: int, learner: PlatformLearner, facts: list[NewFact], seen: dict[tuple[str, str, str], tuple[int, NewFact]]
) -> list[RefusedRow]:
    """A fact that stands in the file before with other data: which of the two is so, nobody can tell."""
    own: dict[tuple[str, str, str], tuple[int, NewFact]] = {}
    for place, fact in enumerate(facts):
        named = (learner.email, fact.kind, fact.key)
        earlier = seen.get(named) or own.setdefault(named, (number, fact))
        if earlier[1].data != fact.data:
            why = f"says otherwise than row {earlier[0]} under the key {fact.key!r}"
            return [RefusedRow(number, learner.email, f"facts.{place}", why)]
    return []
