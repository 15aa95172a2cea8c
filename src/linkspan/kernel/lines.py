"""One line of text, of people or from outside: the only form in which it goes into mail."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from linkspan.kernel.errors import Unusable

LONGEST = 200
#: Control, format (also of the writing's direction), surrogate, private and unassigned characters; line separators.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Joiners that words of several languages are written with.
JOINERS = frozenset("\u200c\u200d")
#: What a mail program would make a link of, so that a name could carry one to a stranger.
LINKS = re.compile(r"://|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OneLine:
    """Text of at most 200 characters that can be seen, without line breaks, and without an address to follow."""

    value: str

    def __post_init__(self) -> None:
        if self.value != _seen(self.value) or len(self.value) > LONGEST or LINKS.search(self.value):
            raise Unusable(
                "line_unusable", "Write one line of up to {longest} characters, without a link.", longest=LONGEST
            )

    @classmethod
    def of(cls, text: str) -> Self:
        """What of any text goes into a line: blanks for breaks and in links, cut at the end."""
        line = _seen(LINKS.sub(" ", _seen(text)))
        return cls(line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…")

    def __str__(self) -> str:
        return self.value


def _seen(text: str) -> str:
    kept = (c if c in JOINERS or unicodedata.category(c) not in UNSEEN else " " for c in text)
    return " ".join("".join(kept).split())
