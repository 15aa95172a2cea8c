"""Rows that a learning platform hands over: the sound ones as learners with facts, the others by number and reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from linkspan.courseware.rules import PlatformLearner, PlatformPerson, PlatformRow
from linkspan.kernel.addresses import Address
from linkspan.records.rules.facts import ImportedLearner, Kind, NewFact
from linkspan.records.rules.shapes import problems_of

MOST_FACTS = 500
#: Of one row, so many problems are told.
MOST_TOLD = 20
NOBODY: Mapping[str, Address] = MappingProxyType({})


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
    """The rows of an import after the check: learners by row, what is refused, how many give nothing for the record."""

    rows: tuple[tuple[int, ImportedLearner], ...]
    refused: tuple[RefusedRow, ...]
    left_out: int = 0
    #: Everybody whose rows are meant for the record, by row, as the platform tells of them.
    people: tuple[tuple[int, PlatformPerson], ...] = ()


def check_rows(rows: Iterable[PlatformRow], on: date, linked: Mapping[str, Address] = NOBODY) -> CheckedRows:
    """Take a row whole or not at all: one wrong fact refuses it, and no other.

    `linked` has the address of the account with which somebody linked a username of the platform, by proof. It goes
    before the address that the platform has.
    """
    sound: list[tuple[int, ImportedLearner]] = []
    refused: list[RefusedRow] = []
    left_out = 0
    people: list[tuple[int, PlatformPerson]] = []
    seen: dict[tuple[str, str, str], tuple[int, NewFact]] = {}
    for row in rows:
        if row.left_out:
            left_out += 1
            continue
        if row.learner is None:
            refused.append(RefusedRow(row.number, "", "", row.problem))
            continue
        people.append((row.number, row.learner.person))
        who = linked.get(row.learner.person.username) or row.learner.person.email
        if who is None:
            refused.append(RefusedRow(row.number, "", "username", unlinked(row.learner.person)))
            continue
        facts, wrong = _facts(row.number, who, row.learner, on)
        wrong = wrong[:MOST_TOLD] or _repeated(row.number, who, facts, seen)
        if wrong:
            refused += wrong
            continue
        seen |= {(who, fact.kind, fact.key): (row.number, fact) for fact in facts}
        sound.append((row.number, ImportedLearner(who, row.learner.person.name, tuple(facts))))
    return CheckedRows(tuple(sound), tuple(refused), left_out, tuple(people))


def unlinked(person: PlatformPerson) -> str:
    """Why somebody whom a platform knows by a username alone is nobody here yet."""
    return f"{person.username[:60]!r} has no e-mail address here and is linked to nobody; link the username first"


def _facts(number: int, who: Address, learner: PlatformLearner, on: date) -> tuple[list[NewFact], list[RefusedRow]]:
    facts: list[NewFact] = []
    wrong: list[RefusedRow] = []
    stated = learner.stated
    if len(stated) > MOST_FACTS:
        return facts, [RefusedRow(number, who, "facts", f"are more than {MOST_FACTS}")]
    for place, ((kind, key, data), origin) in enumerate(stated):
        path = f"facts.{place}"
        if kind not in set(Kind):
            wrong.append(RefusedRow(number, who, f"{path}.kind", f"there is no kind of fact {kind[:60]!r}"))
            continue
        for problem in problems_of(Kind(kind), key, data, on):
            inner = f"data.{problem.field}" if problem.field not in ("", "key") else problem.field or "data"
            wrong.append(RefusedRow(number, who, f"{path}.{inner}", problem.reason))
        facts.append(NewFact(Kind(kind), key, data, origin))
    return facts, wrong


def _repeated(
    number: int, who: Address, facts: list[NewFact], seen: dict[tuple[str, str, str], tuple[int, NewFact]]
) -> list[RefusedRow]:
    """A fact that stands in the file before with other data: which of the two is so, nobody can tell."""
    own: dict[tuple[str, str, str], tuple[int, NewFact]] = {}
    for place, fact in enumerate(facts):
        named = (who, fact.kind, fact.key)
        earlier = seen.get(named) or own.setdefault(named, (number, fact))
        if earlier[1].data != fact.data:
            why = f"says otherwise than row {earlier[0]} under the key {fact.key!r}"
            return [RefusedRow(number, who, f"facts.{place}", why)]
    return []
