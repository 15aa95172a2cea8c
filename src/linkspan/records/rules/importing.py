"""What an import does to what is on record; a trial and the import itself are decided here, and say the same."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from linkspan.courseware.rules import Reading
from linkspan.kernel.addresses import Address
from linkspan.kernel.jsonable import jsonable
from linkspan.records.rules.facts import DECLARED_BY_LEARNER, ImportedLearner, Kind, NewFact, is_kept_here
from linkspan.records.rules.imports import MOST_TOLD, CheckedRows, RefusedRow

UNCONFIRMED = "somebody registered this address and has not confirmed it; import the row again after that"
OWN = "this is your own record; ask a colleague to import it"
UNTAUGHT = "has no grade of your institution, so the learner states this, with a document"
EVIDENCE_REFUSED = "somebody on the staff refused this evidence; they decide on it again"
ANOTHER_VERSION = "another version is on record; give a reason to correct it"
ISSUED_HERE = "is a credential issued here; change its status at the credential desk"
BARRED = "this credential is revoked or suspended under another key; change that one's status, with a reason"
#: Where a credential stands that a copy under another key does not stand beside.
AGAINST = ("revoked", "suspended")
#: So many corrections and refusals are shown and kept; all are counted.
MOST_SHOWN = 1_000

Named = tuple[Address, str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """The newest version of a fact on record; `refused` says that a person refused its evidence."""

    version: int
    data: Mapping[str, Any]
    source: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Meets:
    """What an import meets: accounts and facts by address, the owners of exams, and who imports for whom."""

    institution: str
    accounts: Mapping[Address, UUID]
    unconfirmed: frozenset[UUID]
    held: Mapping[Named, Held]
    exam_owners: Mapping[str, frozenset[str]]
    importer: UUID | None
    is_system: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A fact that goes on record: new, or a correction of what it says `before`."""

    row: int
    email: Address
    name: str
    fact: NewFact
    data: Mapping[str, Any]
    version: int
    before: Mapping[str, Any] | None


@dataclass(slots=True)
class Plan:
    """What goes on record, how many facts are there already, and what is refused by row."""

    facts: list[Planned] = field(default_factory=list)
    known: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


def plan_import(rows: Iterable[tuple[int, ImportedLearner]], meets: Meets) -> Plan:
    """Take each row whole or refuse it whole."""
    planner = _Planner(meets)
    for number, row in rows:
        planner.take(number, row)
    return planner.plan


class _Planner:
    """Looks at row after row; what a row puts on record stands for the rows after it."""

    def __init__(self, meets: Meets) -> None:
        self.meets, self.plan = meets, Plan()
        self.taught = {
            who
            for (who, kind, _), held in meets.held.items()
            if kind == Kind.COURSE_GRADE and held.data.get("institution") == meets.institution
        }
        self.held: dict[Named, Held] = {}
        self.copies: dict[tuple[Address, Any, Any], set[str]] = {}
        for named, held in meets.held.items():
            self._stands(named, held)

    def take(self, number: int, row: ImportedLearner) -> None:
        """Plan a row, or refuse it with everything that stands against it."""
        if wrong := self._stranger(row.email):
            self.plan.refused.append(RefusedRow(number, row.email, "email", wrong))
            return
        fresh: list[Planned] = []
        refused: list[RefusedRow] = []
        known = 0
        named = {fact.key for fact in row.facts if fact.kind == Kind.CREDENTIAL}
        for place, fact in enumerate(row.facts):
            held, data = self.held.get((row.email, fact.kind, fact.key)), jsonable(fact.data)
            why = self._foreign(fact, held) or self._unvouched(row, fact, held)
            if not why and held is not None and held.data == data:
                known += 1
            elif why := why or self._stands_against(row.email, fact, held):
                refused.append(RefusedRow(number, row.email, f"facts.{place}", why))
            else:
                version, before = (held.version + 1, held.data) if held else (1, None)
                fresh.append(Planned(number, row.email, row.name, fact, data, version, before))
                fresh += self._copies(fresh[-1], named)
        if refused:
            self.plan.refused += refused[:MOST_TOLD]
            return
        self.plan.known += known
        self.plan.facts += fresh
        for one in fresh:
            self._stands((row.email, one.fact.kind, one.fact.key), Held(one.version, one.data, "", False))

    def _stands(self, named: Named, held: Held) -> None:
        """Have a fact stand for what comes after."""
        self.held[named] = held
        if named[1] == Kind.CREDENTIAL:
            self.copies.setdefault(_named(named[0], held.data), set()).add(named[2])

    def _copies(self, one: Planned, named: Collection[str]) -> Iterator[Planned]:
        """The same of a credential's copies under keys that its row does not name, where it is revoked or suspended."""
        if one.before is None or one.fact.kind != Kind.CREDENTIAL or one.data.get("status") not in AGAINST:
            return
        for key in sorted(self.copies.get(_named(one.email, one.before), ())):
            held = self.held[one.email, Kind.CREDENTIAL, key]
            same = held.data.get("status") == one.before.get("status")
            if same and key not in named and not is_kept_here(held.source):
                data = {**held.data, "status": one.data["status"]}
                copy = NewFact(Kind.CREDENTIAL, key, data)
                yield Planned(one.row, one.email, one.name, copy, data, held.version + 1, held.data)

    def _stranger(self, email: Address) -> str:
        account = self.meets.accounts.get(email)
        if account is None:
            return ""
        if account == self.meets.importer:
            return OWN
        return UNCONFIRMED if account in self.meets.unconfirmed else ""

    def _owners(self, kind: Kind, data: Mapping[str, Any]) -> frozenset[str]:
        """Whose fact it is; a fact of nobody's is anybody's to hand over."""
        match kind:
            case Kind.COURSE_GRADE:
                return frozenset({str(data.get("institution"))})
            case Kind.CREDENTIAL:
                return frozenset({str(data.get("issuer"))})
            case Kind.EXAM_RESULT:
                return self.meets.exam_owners.get(str(data.get("id")), frozenset())
            case _:
                return frozenset()

    def _foreign(self, fact: NewFact, held: Held | None) -> str:
        """Why an institution cannot hand over a fact of another one, nor correct it."""
        for data in [fact.data] if held is None else [fact.data, held.data]:
            owners = self._owners(fact.kind, data)
            if owners and self.meets.institution not in owners:
                return f"is a fact of {', '.join(sorted(owners))}; only they hand it over"
        return ""

    def _unvouched(self, row: ImportedLearner, fact: NewFact, held: Held | None) -> str:
        """Why an institution does not state degrees, tests and the like of those whom it does not teach."""
        if fact.kind not in DECLARED_BY_LEARNER or self.meets.is_system or row.email in self.taught:
            return ""
        grades = (one for one in row.facts if one.kind == Kind.COURSE_GRADE)
        by_row = any(one.data.get("institution") == self.meets.institution for one in grades)
        return "" if by_row and held is None else UNTAUGHT

    def _stands_against(self, email: Address, fact: NewFact, held: Held | None) -> str:
        """What stands on record against a fact that says something new."""
        credential = fact.kind == Kind.CREDENTIAL
        if held is None:
            beside = self.copies.get(_named(email, fact.data), ()) if credential else ()
            barred = any(self.held[email, Kind.CREDENTIAL, key].data.get("status") in AGAINST for key in beside)
            return BARRED if barred else ""
        if credential and is_kept_here(held.source):
            return ISSUED_HERE
        if held.refused:
            return EVIDENCE_REFUSED
        return "" if self.meets.reason else ANOTHER_VERSION


def _named(email: Address, data: Mapping[str, Any]) -> tuple[Address, Any, Any]:
    """Whose credential of which program, whatever the key under which it is told."""
    return email, data.get("issuer"), data.get("program")


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that an import corrects: where it stands in the file, and what it says before and after."""

    row: int
    email: Address
    kind: Kind
    key: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import, or of a trial would become: facts new, corrected and known, and the rows refused.

    `learners` are those whose rows are taken, `opened` of them without an account before. Of rows `left_out` nothing
    goes on record, such as of the audit track.
    """

    learners: int
    opened: int
    new: int
    corrected: int
    known: int
    changes: tuple[Change, ...]
    refused: tuple[RefusedRow, ...]
    left_out: int = 0

    @property
    def refused_rows(self) -> tuple[int, ...]:
        """The numbers of the rows that are not taken."""
        return tuple(sorted({row.row for row in self.refused}))

    def counts(self) -> dict[str, int]:
        """How many of each; a row that is refused counts once."""
        names = ("learners", "opened", "new", "corrected", "known", "left_out")
        numbers = {name: getattr(self, name) for name in names}
        return numbers | {"refused": len(self.refused_rows)}

    def told(self) -> dict[str, Any]:
        """Its JSON form: the counts, and the first of the corrections and refusals."""
        lists = {"changes": self.changes[:MOST_SHOWN], "refusals": self.refused[:MOST_SHOWN]}
        return {**self.counts(), **jsonable(lists), "refused_rows": list(self.refused_rows)}


def imported(checked: CheckedRows, plan: Plan, meets: Meets) -> Imported:
    """What a plan comes to."""
    turned_down = {row.row for row in plan.refused}
    taken = {row.email for number, row in checked.rows if number not in turned_down}
    changes = tuple(
        Change(one.row, one.email, one.fact.kind, one.fact.key, one.before, one.data)
        for one in plan.facts
        if one.before is not None
    )
    refused = tuple(sorted((*checked.refused, *plan.refused), key=lambda row: row.row))
    opened = len({one.email for one in plan.facts} - meets.accounts.keys())
    new, corrected = len(plan.facts) - len(changes), len(changes)
    return Imported(len(taken), opened, new, corrected, plan.known, changes, refused, checked.left_out)


@dataclass(frozen=True, slots=True)
class Export:
    """A platform's export that staff handed in; `outcome` is what became of it, None while it waits."""

    id: UUID
    institution: str
    name: str
    handed_in_by: str
    handed_in_at: datetime
    taken_by: str
    taken_at: datetime | None
    reason: str
    outcome: Mapping[str, Any] | None
    reading: Reading
