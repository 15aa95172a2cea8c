"""A sentence that keeps its words and what is filled in apart, so that who shows it can translate the words."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Self

#: Control characters, and those that turn the direction of what stands around them: a name could hide a verdict.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """A text of somebody else as it may be shown; what cannot be seen of it stands as U+FFFD."""
    return text if text.isprintable() else UNSEEN.sub("\ufffd", text)


class Said(str):
    """A sentence in English: a text like any other, which still knows its words and its values."""

    words: str
    values: Mapping[str, object]

    def __new__(cls, words: str, /, **values: object) -> Self:
        """The words, filled in; of a value that is no text and no number, its text is kept, and of all what is seen."""
        kept = {name: value if isinstance(value, Said | int) else plain(str(value)) for name, value in values.items()}
        made = super().__new__(cls, words.format_map(kept))
        made.words, made.values = words, kept
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return partial(Said, **self.values), (self.words,)

    def told(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language; sentences in it are translated too, names and addresses are not."""
        parts = {name: told(value, translate) for name, value in self.values.items()}
        return translate(self.words).format_map(parts)


def told(value: object, translate: Callable[[str], str]) -> object:
    """A sentence translated; anything else as it is."""
    return value.told(translate) if isinstance(value, Said) else value


def said(text: str, translate: Callable[[str], str]) -> str:
    """A text of this library translated: a sentence with what is filled in, or one that says all by itself."""
    if isinstance(text, Said):
        return text.told(translate)
    return translate(text) if text else ""
