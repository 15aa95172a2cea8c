"""Parts of a document as frozen dataclasses: each field states its shape and its words once.

A part is read once at the border (`read`) and written back (`as_json`) as it was: names in their order, null where null
was written, and members that the format does not know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from linkspan.pathways.rules.shape import Grade, ListOf, Nullable, Record, Shape, Since

STATED = "stated"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a field says of its term: the shape, the label and hint of its form, and the form's widget, if not usual."""

    shape: Shape
    label: str
    hint: str = ""
    widget: str = ""


def needed(shape: Shape, label: str, hint: str = "", widget: str = "") -> Any:
    """A term that must be there."""
    return field(metadata={STATED: Stated(shape, label, hint, widget)})


def may(shape: Shape, label: str, hint: str = "", widget: str = "") -> Any:
    """A term that may be there; None where it is not."""
    return field(default=None, metadata={STATED: Stated(shape, label, hint, widget)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a document; `given` are the names that it was written with, `others` what the format does not know."""

    given: tuple[str, ...] = field(default=(), repr=False, compare=False)
    others: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_open: ClassVar[bool] = False

    @classmethod
    def terms(cls) -> dict[str, Stated]:
        """What each term of the part states, by its name in the document."""
        return {_name(one.name): one.metadata[STATED] for one in fields(cls) if STATED in one.metadata}

    @classmethod
    def shape(cls) -> Record:
        """The shape of the part: what checks it, and is published as its schema."""
        stated = [one for one in fields(cls) if STATED in one.metadata]
        must = {_name(one.name): one.metadata[STATED].shape for one in stated if one.default is not None}
        others = {_name(one.name): one.metadata[STATED].shape for one in stated if one.default is None}
        return Record(must, others, open=cls.is_open, part=cls)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """The part that a checked object of a document is."""
        terms = cls.terms()
        known = {_attribute(name): _read(terms[name].shape, one) for name, one in value.items() if name in terms}
        others = {name: one for name, one in value.items() if name not in terms}
        return cls(given=tuple(value), others=others, **known)

    def as_json(self) -> dict[str, Any]:
        """The object of the document, as it was written."""
        names = self.given or tuple(name for name, _value in self.values())
        return {n: self.others[n] if n in self.others else _written(getattr(self, _attribute(n))) for n in names}

    def values(self) -> Iterator[tuple[str, Any]]:
        """The terms that are there, by their names in the document."""
        for name in self.terms():
            value = getattr(self, _attribute(name))
            if value is not None:
                yield name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(Part):
    """A grade on a scale."""

    scale: str
    value: Any


def _name(attribute: str) -> str:
    """The name in the document: one that Python keeps for itself has an underscore more."""
    return attribute.removesuffix("_")


def _attribute(name: str) -> str:
    return f"{name}_" if name in ("from", "as", "except") else name


def _read(shape: Shape, value: Any) -> Any:
    match shape:
        case Nullable() | Since():
            return _read(shape.inner, value)
        case Grade() if isinstance(value, Mapping):
            return Graded(given=tuple(value), scale=value["scale"], value=value["value"])
        case ListOf() if isinstance(value, list):
            return tuple(_read(shape.inner, one) for one in value)
        case Record(part=part) if part is not None and isinstance(value, Mapping):
            return part.read(value)
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Part):
        return value.as_json()
    return [_written(one) for one in value] if isinstance(value, tuple) else value
