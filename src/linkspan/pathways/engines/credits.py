"""What is recognised of many records under one version: worked out once for all courses that are recognised alike."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from linkspan.kernel.record import CourseTaken, Record
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.language.meaning import PRESENT, Rules, reading_of
from linkspan.pathways.rules.recognition.coursework import Coursework, as_recognised, coursework, fits
from linkspan.pathways.rules.recognition.solving import recognise

#: The sending program's credential, if held, and the kinds of the courses that count; None for a record without any.
Held = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Credit:
    """The credits recognised in the receiving degree, and in how many places."""

    credits: Decimal = Decimal(0)
    courses: int = 0


NOTHING = Credit()


def credit_of(terms: Agreement, record: Record, on: date, rules: Rules) -> Credit:
    """What the reference rule recognises of one record."""
    found, _ = recognise(terms, record, on, rules)
    return Credit(sum((row.credits for row in found), Decimal(0)), sum(row.places for row in found))


@dataclass(slots=True)
class Kinds:
    """Courses that are recognised alike (`coursework.as_recognised`) are of one kind, a number; a row of each."""

    rows: list[CourseTaken] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def of(self, row: CourseTaken) -> int:
        """The kind of a course's row."""
        same = as_recognised(row)
        number = self._numbers.setdefault(same, len(self.rows))
        if number == len(self.rows):
            self.rows.append(row)
        return number


class Coursebook:
    """The courses that count, of each record of a slice, for each sending program once."""

    def __init__(self, records: Sequence[Record], kinds: Kinds) -> None:
        self.records, self.kinds = records, kinds
        self._places = [_places_of(record) for record in records]
        self._held: dict[Hashable, list[Held | None]] = {}
        self._kind_of: dict[int, int] = {}

    def held(self, terms: Agreement) -> list[Held | None]:
        """What each record holds of the terms' sending program and institution."""
        key = (terms.sending.names, terms.attempts.policy if terms.attempts else None)
        if key not in self._held:
            senders = {institution for institution, _program in terms.sending.names}
            pairs = zip(self.records, self._places, strict=True)
            self._held[key] = [None if senders.isdisjoint(at) else self._of(terms, record) for record, at in pairs]
        return self._held[key]

    def _of(self, terms: Agreement, record: Record) -> Held | None:
        work = coursework(terms, record, reading_of(terms, PRESENT))
        if not work.rows and not work.credential:
            return None
        return work.credential, tuple(self._kind(row) for row in work.rows.values())

    def _kind(self, row: CourseTaken) -> int:
        kind = self._kind_of.get(id(row))
        if kind is None:
            kind = self._kind_of[id(row)] = self.kinds.of(row)
        return kind


def _places_of(record: Record) -> frozenset[str]:
    courses = [str(row.get("institution")) for row in record.get("courses") or ()]
    return frozenset(courses + [str(row.get("issuer")) for row in record.get("credentials") or ()])


class Recogniser:
    """One version's recognition over many records, on a day.

    What a course can do under the version, its shape, is decided once for each kind; records with the same shapes get
    the same credit, so that the assignment is solved once for each such pattern and not for each learner.
    """

    def __init__(self, terms: Agreement, on: date, kinds: Kinds, present: Rules) -> None:
        self.terms, self.on, self.kinds, self.present = terms, on, kinds, present
        self.reading = reading_of(terms, present)
        self.rules = terms.recognition
        self.named = frozenset(name for rule in self.rules for name in rule.named)
        self._shapes: dict[int, Hashable] = {}
        self._known: dict[Hashable, Credit] = {}

    def credits(self, book: Coursebook) -> list[Credit]:
        """What is recognised of each record of a slice."""
        if not self.rules:
            return [NOTHING] * len(book.records)
        pairs = zip(book.records, book.held(self.terms), strict=True)
        return [self._credit(record, held) if held else NOTHING for record, held in pairs]

    def _credit(self, record: Record, held: Held) -> Credit:
        if record.get("application") or record.get("recognised_elsewhere"):
            return credit_of(self.terms, record, self.on, self.present)
        credential, kinds = held
        shapes = self._shapes
        key = (credential, *[shapes[kind] if kind in shapes else self._shape(kind, record) for kind in kinds])
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = credit_of(self.terms, record, self.on, self.present)
        return found

    def _shape(self, kind: int, record: Record) -> Hashable:
        row = self.kinds.rows[kind]
        course, shape = str(row.get("id")), None
        if course in self.named:
            work = Coursework({course: row}, "", self.rules, self.reading)
            taken = tuple(fits(rule, work, course, self.terms, record, self.on) is None for rule in self.rules)
            shape = repr((course, taken, row.get("used_for"), row.get("credits"), row.get("unit")))
        self._shapes[kind] = shape
        return shape
