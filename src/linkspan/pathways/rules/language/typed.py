"""Parts of a document as frozen dataclasses: each field states its shape and its words once.

A part is read once at the border (`read`) and written back (`as_json`) as it was: what nobody changed keeps its place
and its letters, null stays null, and members that the format does not know stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from linkspan.pathways.rules.language.shape import (
    Anything,
    Day,
    Exact,
    Grade,
    ListOf,
    Nullable,
    Record,
    Shape,
    Since,
    Text,
)
from linkspan.pathways.rules.language.values import as_date, number

STATED = "stated"
ONE_OF, SOME_OF = "one_of", "some_of"


def _(text: str) -> str:
    """Mark a message id for the catalogue."""
    return text


@dataclass(frozen=True, slots=True)
class Stated:
    """What a field says of its term: the shape, the label and hint of its form, and the form's widget, if not usual.

    Of the terms of a `group` a part has exactly one (`ONE_OF`), or at least one (`SOME_OF`).
    """

    shape: Shape
    label: str = ""
    hint: str = ""
    widget: str = ""
    group: str = ""


def needed(shape: Shape, label: str = "", hint: str = "", widget: str = "") -> Any:
    """A term that must be there; None in a draft that lacks it."""
    return field(metadata={STATED: Stated(shape, label, hint, widget)})


def may(shape: Shape, label: str = "", hint: str = "", widget: str = "", group: str = "") -> Any:
    """A term that may be there; None where it is not."""
    return field(default=None, metadata={STATED: Stated(shape, label, hint, widget, group)})


def rows(shape: Shape, label: str = "", hint: str = "", widget: str = "") -> Any:
    """A list that may be there; empty where it is not."""
    return field(default=(), metadata={STATED: Stated(shape, label, hint, widget)})


class _Given(NamedTuple):
    """A member of a document: as it was written, and as it was read."""

    written: Any
    read: Any


class _Term(NamedTuple):
    """A term of a part: its attribute, and what stands there if the document says nothing or null."""

    attribute: str
    shape: Shape
    default: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a document; `given` is what was written, `others` what the format does not know of it."""

    given: Mapping[str, _Given] = field(default_factory=dict, repr=False, compare=False)
    others: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_open: ClassVar[bool] = False

    @classmethod
    @cache
    def terms(cls) -> Mapping[str, Stated]:
        """What each term of the part states, by its name in the document."""
        return {_name(one.name): one.metadata[STATED] for one in fields(cls) if STATED in one.metadata}

    @classmethod
    @cache
    def shape(cls) -> Record:
        """The shape of the part: what checks it, and is published as its schema."""
        must = _needed(cls)
        grouped: dict[str, dict[str, Shape]] = {ONE_OF: {}, SOME_OF: {}, "": {}}
        for name, stated in cls.terms().items():
            if name not in must:
                grouped[stated.group][name] = stated.shape
        first = {name: stated.shape for name, stated in cls.terms().items() if name in must}
        return Record(first, grouped[""], grouped[ONE_OF], grouped[SOME_OF], open=cls.is_open, part=cls)

    @classmethod
    def read(cls, value: Mapping[str, object]) -> Self:
        """The part that an object of a document is; what is there is of its type if the object is checked."""
        terms = _terms(cls)
        given: dict[str, _Given] = {}
        known: dict[str, Any] = dict(_UNSET[cls])
        for name, written in value.items():
            term = terms.get(name)
            if term is None:
                given[name] = _Given(written, written)
                continue
            read = term.default if written is None else _read(term.shape, written)
            given[name], known[term.attribute] = _Given(written, read), read
        others = {name: one.written for name, one in given.items() if name not in terms}
        return cls(given=given, others=others, **known)

    def as_json(self) -> dict[str, Any]:
        """The object of the document: as it was written, but for what is another value now, or no more."""
        found: dict[str, Any] = {}
        terms = _terms(type(self))
        for name, one in self.given.items():
            value = getattr(self, terms[name].attribute) if name in terms else self.others.get(name)
            if value is one.read:
                found[name] = one.written
            elif value is not None and value != ():
                found[name] = _written(value)
        more = {name: _written(value) for name, value in self.values() if name not in found}
        return found | more

    @property
    def is_read(self) -> bool:
        """Whether every term was read: none of it, or of its parts, is written as a day or number that is none."""
        return all(_is_read(one) for one in self.given.values())

    def values(self) -> Iterator[tuple[str, Any]]:
        """The terms that are there, by their names in the document."""
        for name, term in _terms(type(self)).items():
            value = getattr(self, term.attribute)
            if value is not None and value != ():
                yield name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(Part):
    """A grade on a scale."""

    scale: str = needed(Text())
    value: Any = needed(Anything())

    @property
    def plain(self) -> dict[str, Any]:
        """Scale and value, as a record has a grade."""
        return {"scale": self.scale, "value": self.value}


def _name(attribute: str) -> str:
    """The name in the document: one that Python keeps for itself has an underscore more."""
    return attribute.removesuffix("_")


def _needed(part: type[Part]) -> frozenset[str]:
    """The terms that must be there."""
    own = [one for one in fields(part) if STATED in one.metadata]
    return frozenset(_name(one.name) for one in own if one.default is MISSING)


def _terms(part: type[Part]) -> Mapping[str, _Term]:
    """The terms of a part by their names in the document; worked out once."""
    if part not in _KNOWN:
        own = [one for one in fields(part) if STATED in one.metadata]
        must = _needed(part)
        _KNOWN[part] = {
            name: _Term(one.name, one.metadata[STATED].shape, None if name in must else one.default)
            for name, one in ((_name(one.name), one) for one in own)
        }
        _UNSET[part] = {term.attribute: None for name, term in _KNOWN[part].items() if name in must}
    return _KNOWN[part]


_KNOWN: dict[type[Part], Mapping[str, _Term]] = {}
#: None for each attribute that must be there, of a draft that lacks it.
_UNSET: dict[type[Part], Mapping[str, None]] = {}


def _read(shape: Shape, value: Any) -> Any:
    match shape:
        case Nullable() | Since():
            return _read(shape.inner, value) if value is not None else None
        case Day():
            return as_date(value)
        case Exact():
            return number(value)
        case Grade() if isinstance(value, Mapping):
            return Graded.read(value)
        case ListOf() if isinstance(value, list):
            return tuple(_read(shape.inner, one) for one in value)
        case Record(part=part) if part is not None and isinstance(value, Mapping):
            return part.read(value)
    return value


def _is_read(one: _Given) -> bool:
    parts = one.read if isinstance(one.read, tuple) else (one.read,)
    known = all(part.is_read for part in parts if isinstance(part, Part))
    return known and (one.read is not None or one.written is None)


def _written(value: Any) -> Any:
    if isinstance(value, Part):
        return value.as_json()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return [_written(one) for one in value] if isinstance(value, tuple) else value
