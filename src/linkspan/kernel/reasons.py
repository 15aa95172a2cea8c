"""A reason: its code decides and is sent, its values fill in the sentence, and whoever tells it translates that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from types import NoneType
from typing import Any, Self

from linkspan.kernel.jsonable import jsonable


class Phrase(str):
    """A part of a sentence in our own words: translated where the sentence is, unlike names and numbers."""

    __slots__ = ()


class Territory(str):
    """A country by its code: faces tell its name."""

    __slots__ = ()


class Tongue(str):
    """A language by its code: faces tell its name."""

    __slots__ = ()


type Value = str | int | Decimal | None
PLAIN = (str, int, Decimal, NoneType)


def plain(given: object) -> Value:
    """A value as it is kept and sent: a text, a number or nothing; of anything else, its text."""
    return given if isinstance(given, PLAIN) else str(given)


def as_it_is(value: Value) -> object:
    """The value: where nobody reads it, days stay as they are kept."""
    return value


@dataclass(frozen=True, slots=True)
class Reason:
    """A `code` that is stable, and `words`: the sentence in English, by which catalogues know it, with `{value}`s."""

    code: str
    words: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str] = str, written: Callable[[Value], object] = as_it_is) -> str:
        """The sentence with its values; faces give gettext to translate it, and how days are written."""
        words = translate(self.words) if self.words else ""
        if not self.values:
            return words
        return words.format_map({name: _part(given, translate, written) for name, given in self.values.items()})

    @property
    def sentence(self) -> "Sentence":
        """The sentence in English, where a text is wanted."""
        return Sentence(self.code, self.words, **self.values)


def _part(given: Value, translate: Callable[[str], str], written: Callable[[Value], object]) -> object:
    """A value in its sentence: what is ours is translated, days are written as faces do, names and numbers are not."""
    if isinstance(given, Sentence):
        return given.reason.told(translate, written)
    if isinstance(given, Phrase):
        return translate(given)
    return written(given)


class Sentence(str):
    """A reason as its sentence in English, where a text is wanted; it still knows its code, its words and its values.

    `stored` gives what is written down, and `as_told` reads it, or a text of earlier that has no code.
    """

    _parts: tuple[str, str, Mapping[str, Value]]

    def __new__(cls, code: str, words: str, /, **values: object) -> Self:
        """A text of those words, filled in."""
        plain_values = {name: plain(given) for name, given in values.items()}
        made = super().__new__(cls, words.format_map(plain_values) if plain_values else words)
        made._parts = code, words, plain_values
        return made

    @property
    def reason(self) -> Reason:
        """The same as a reason."""
        return Reason(*self._parts)

    def __reduce__(self) -> tuple[object, ...]:
        code, words, values = self._parts
        return partial(Sentence, **values), (code, words)


def joined(sentences: Iterable[Sentence]) -> Sentence:
    """Several sentences as the value of one: each is still translated by itself."""
    one, *more = sentences
    return Sentence("joined", "{one}; {more}", one=one, more=joined(more)) if more else one


type Stored = str | dict[str, Any]


def stored(reasons: Iterable[str]) -> list[Stored]:
    """Reasons as JSON: code, words and values of each that has them."""
    return [_stored(one.reason) if isinstance(one, Sentence) else str(one) for one in reasons]


def _stored(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "words": reason.words, "values": jsonable(reason.values)}


def as_told(kept: Iterable[Stored]) -> tuple[str, ...]:
    """Stored reasons as texts; those that were stored with a code know it again."""
    return tuple(one if isinstance(one, str) else Sentence(one["code"], one["words"], **one["values"]) for one in kept)
