"""The shape of a JSON document, stated once: it checks a value, naming the place, and is the published schema."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple, Protocol, cast

from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.comparing import Incomparable, plain_grade
from linkspan.pathways.rules.language.grammar import check_node, check_span, format_of_rule
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import LETTER_POINTS, as_date, number

#: A document may be large, never boundless.
LONGEST_LIST = 2000
LONGEST_TEXT = 20_000


#: A JSON Schema (2020-12).
type Schema = dict[str, object]


class Shape(Protocol):
    """What a value must look like."""

    def check(self, value: object, where: str) -> None:
        """Unusable, naming the place, if the value is not of this shape."""

    def schema(self) -> Schema:
        """The same as JSON Schema (2020-12)."""


class Reads(Protocol):
    """A part of a document, as a value."""

    @classmethod
    def read(cls, value: Mapping[str, object]) -> object:
        """The value that an object of a document is."""


def wrong(where: str, what: str) -> Unusable:
    """The error of a value at a place."""
    return Unusable("shape_unusable", f"{where}: {what}" if where else what)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not empty; one of `choices`, if there are any."""

    choices: tuple[str, ...] = ()

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is such a text."""
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
            raise wrong(where, "a text is needed")
        if self.choices and value not in self.choices:
            raise wrong(where, f"one of {', '.join(self.choices)} is needed")

    def schema(self) -> Schema:
        """An enum or a string."""
        if self.choices:
            return {"enum": list(self.choices)}
        return {"type": "string", "pattern": "\\S", "maxLength": LONGEST_TEXT}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two bounds."""

    least: int = 0
    most: int = 1_000_000_000_000

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is such a number."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise wrong(where, f"a whole number from {self.least} to {self.most} is needed")

    def schema(self) -> Schema:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that is not negative; a numeral in a text keeps decimals exact."""

    most: int = 1_000_000

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is such a number."""
        found = number(value)
        if found is None or not 0 <= found <= self.most:
            raise wrong(where, f"a number from 0 to {self.most} is needed")

    def schema(self) -> Schema:
        """A number or a numeral."""
        numeral = {"type": "string", "pattern": r"^\d{1,6}(\.\d{1,12})?$"}
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": self.most}, numeral]}


@dataclass(frozen=True, slots=True)
class Exact(Amount):
    """Such a number that is reckoned with, so that it is read as a decimal; others stay as they were written."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is one."""
        if not isinstance(value, bool):
            raise wrong(where, "true or false is needed")

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Day:
    """An ISO date."""

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is one."""
        if not isinstance(value, str) or as_date(value) is None or len(value) != 10:
            raise wrong(where, "an ISO date such as 2018-10-01 is needed")

    def schema(self) -> Schema:
        """A date."""
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade on one of the scales."""

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is one."""
        if not isinstance(value, dict) or set(value) != {"scale", "value"}:
            raise wrong(where, 'a grade {"scale", "value"} is needed')
        try:
            plain_grade(value)
        except Incomparable as why:
            raise wrong(where, str(why)) from why

    def schema(self) -> Schema:
        """A letter, or a number on another scale."""
        letters = {"scale": {"const": "letter"}, "value": {"enum": list(LETTER_POINTS)}}
        numeral = {"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,12})?$"}
        others = {
            "scale": {"type": "string", "pattern": "\\S", "not": {"const": "letter"}},
            "value": {"anyOf": [{"type": "number"}, numeral]},
        }
        return {"anyOf": [_closed(letters, ["scale", "value"]), _closed(others, ["scale", "value"])]}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole years, months or days."""

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is one."""
        check_span(value, where)

    def schema(self) -> Schema:
        """An object of whole numbers."""
        whole = {"type": "integer", "minimum": 0, "maximum": 36500}
        years = {"type": "integer", "minimum": 0, "maximum": 200}
        return _closed({"years": years, "months": whole, "days": whole}, []) | {"minProperties": 1}


@dataclass(frozen=True, slots=True)
class Rule:
    """A node of the rule language."""

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is one."""
        check_node(value, where)

    def schema(self) -> Schema:
        """A reference to the language's own definition."""
        return {"$ref": "#/$defs/rule"}


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever the page that shows it understands."""

    def check(self, value: object, where: str) -> None:
        """Always."""

    def schema(self) -> Schema:
        """Any value."""
        return {}


@dataclass(frozen=True, slots=True)
class Nullable:
    """A shape, or null."""

    inner: Shape

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is null or of the shape."""
        if value is not None:
            self.inner.check(value, where)

    def schema(self) -> Schema:
        """Either."""
        return {"anyOf": [{"type": "null"}, self.inner.schema()]}


@dataclass(frozen=True, slots=True)
class Since:
    """A shape that the format has since a version of it; servers of an earlier one do not know it."""

    format: int
    inner: Shape

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is of the shape."""
        self.inner.check(value, where)

    def schema(self) -> Schema:
        """The shape's own."""
        return self.inner.schema()


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    inner: Shape
    least: int = 0

    def check(self, value: object, where: str) -> None:
        """Unusable unless each row is of the shape."""
        if not isinstance(value, list) or not self.least <= len(value) <= LONGEST_LIST:
            raise wrong(where, f"a list of {self.least} to {LONGEST_LIST} rows is needed")
        for position, row in enumerate(value):
            self.inner.check(row, f"{where}[{position}]")

    def schema(self) -> Schema:
        """An array."""
        return {"type": "array", "items": self.inner.schema(), "minItems": self.least, "maxItems": LONGEST_LIST}


@dataclass(frozen=True, slots=True)
class Record:
    """An object: `needed` fields, others that may be there, of `one_of` exactly one, of `some_of` one or more.

    An `open` object may hold more; `check` of a closed one names what it does not know. `part` is the class that its
    value is read as (`typed.Part`), if there is one.
    """

    needed: Mapping[str, Shape] = field(default_factory=dict)
    may: Mapping[str, Shape] = field(default_factory=dict)
    one_of: Mapping[str, Shape] = field(default_factory=dict)
    some_of: Mapping[str, Shape] = field(default_factory=dict)
    open: bool = False
    part: type[Reads] | None = None

    def check(self, value: object, where: str) -> None:
        """Unusable unless it is such an object."""
        if not isinstance(value, dict):
            raise wrong(where, "an object is needed")
        lacking = [name for name in self.needed if value.get(name) in (None, "")]
        if lacking:
            raise wrong(where, f"{', '.join(lacking)} is needed")
        given = [name for name in self.one_of if name in value]
        if self.one_of and len(given) != 1:
            raise wrong(where, f"exactly one of {', '.join(self.one_of)} is needed")
        if self.some_of and not set(self.some_of) & set(value):
            raise wrong(where, f"one of {', '.join(self.some_of)} is needed")
        known = self.known()
        strange = [] if self.open else sorted(set(value) - set(known))
        if strange:
            raise wrong(where, f"{', '.join(map(str, strange))} is not known here; known: {', '.join(known)}")
        for name, shape in known.items():
            if name in value:
                shape.check(value[name], f"{where}.{name}" if where else name)

    def schema(self) -> Schema:
        """An object."""
        found = _closed({name: shape.schema() for name, shape in self.known().items()}, list(self.needed))
        if self.open:
            del found["additionalProperties"]
        if self.one_of:
            found["oneOf"] = [{"required": [name]} for name in self.one_of]
        if self.some_of:
            found["anyOf"] = [{"required": [name]} for name in self.some_of]
        return found

    def known(self) -> dict[str, Shape]:
        """Every field that the object may have a shape for."""
        return {**self.needed, **self.may, **self.one_of, **self.some_of}


class Stranger(NamedTuple):
    """A member that an open object may hold and the format has no meaning for; `meant` is a known name that is near."""

    place: str
    name: str
    clause: str
    meant: str

    def in_words(self) -> str:
        """What is wrong with it."""
        name = f"{self.place}{self.name}"
        if self.meant:
            words = Phrase("{name} has no meaning here and changes no answer; is {meant} meant?")
            return Sentence("field_unknown", words, name=name, meant=self.meant)
        return Sentence("field_unknown", "{name} has no meaning here and changes no answer.", name=name)


def strangers(shape: Shape, value: object, where: str = "", clause: str = "") -> Iterator[Stranger]:
    """Every member of a checked value that its shape does not know, with the clause that it stands in."""
    if isinstance(shape, Nullable | Since):
        yield from strangers(shape.inner, value, where, clause)
    elif isinstance(shape, ListOf) and isinstance(value, list):
        for position, row in enumerate(value):
            yield from strangers(shape.inner, row, f"{where[:-1]}[{position}].", clause)
    elif isinstance(shape, Record) and isinstance(value, Mapping) and shape.known():
        known, clause = shape.known(), str(value.get("clause", clause))
        for name, one in value.items():
            if name in known:
                yield from strangers(known[name], one, f"{where}{name}.", clause)
            else:
                near = get_close_matches(str(name), known, n=1, cutoff=0.8)
                yield Stranger(where, str(name), clause, near[0] if near else "")


def bare(shape: Shape) -> Shape:
    """The shape without what says that it may be null or is new."""
    return bare(shape.inner) if isinstance(shape, Nullable | Since) else shape


def is_rows(shape: Shape) -> bool:
    """Whether it is a list of objects."""
    inner = bare(shape)
    return isinstance(inner, ListOf) and isinstance(bare(inner.inner), Record)


def _closed(properties: Mapping[str, object], required: Sequence[str]) -> Schema:
    found = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def format_of(shape: Shape, value: object) -> int:
    """The earliest version of the format that knows all that a value of the shape uses."""
    match shape:
        case Rule() if isinstance(value, dict):
            return format_of_rule(cast("Node", value))
        case Since():
            return max(shape.format, format_of(shape.inner, value))
        case Nullable() if value is not None:
            return format_of(shape.inner, value)
        case ListOf() if isinstance(value, Iterable):
            return max((format_of(shape.inner, row) for row in value), default=1)
        case Record() if isinstance(value, Mapping):
            known = shape.known()
            return max((format_of(known[name], inner) for name, inner in value.items() if name in known), default=1)
    return 1
