"""A reason: its code decides and is sent, its values fill in the sentence, and whoever tells it translates that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal


class Phrase(str):
    """A part of a sentence in our own words: translated where the sentence is, unlike names and numbers."""

    __slots__ = ()


type Value = str | int | Decimal | None


def plain(given: object) -> Value:
    """A value as it is kept and sent: a text, a number or nothing; of anything else, its text."""
    return given if isinstance(given, str | int | Decimal | None) else str(given)


@dataclass(frozen=True, slots=True)
class Reason:
    """A `code` that is stable, and `words`: the sentence in English, by which catalogues know it, with `{value}`s."""

    code: str
    words: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str] = str) -> str:
        """The sentence with its values; faces give gettext to translate it."""
        words = translate(self.words) if self.words else ""
        if not self.values:
            return words
        filled = {name: translate(given) if isinstance(given, Phrase) else given for name, given in self.values.items()}
        return words.format_map(filled)
