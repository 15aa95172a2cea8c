"""How what an institution issues looks: its mark, two colours, and who signs; from a day on."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor

COLOUR = re.compile(r"#[0-9a-f]{6}")
#: WCAG 2.2: 1.4.3 for what is written in the first colour, 1.4.11 for lines and shapes in the second.
LEAST_OF_TEXT, LEAST_OF_SHAPES = 4.5, 3.0
#: The paper of certificates: darker than white, so that what is told apart on it is told apart on white too.
PAPER = "#fbfaf6"
LONGEST_WORDS, LONGEST_NAME = 200, 120
MOST_SIGNATORIES = 100
#: How many of those in office on the day sign a certificate.
MOST_SIGNING = 2


class PictureKind(StrEnum):
    """The form of a picture, known by its content."""

    PNG = "png"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was cleaned."""

    kind: PictureKind | None = None
    content: bytes = b""

    @classmethod
    def kept(cls, kind: str, content: bytes) -> "Drawn":
        """The picture as it was kept; none, without a kind."""
        return cls(PictureKind(kind), content) if kind else cls()


@dataclass(frozen=True, slots=True)
class Look:
    """The mark with the words that stand for it, the first colour (headings, frame) and the second (lines, shapes).

    Without `valid_from` it is a draft.
    """

    institution: str
    primary: str
    accent: str
    mark: Drawn
    mark_words: str
    valid_from: date | None = None
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs for an institution, in an office held from a day until a day, that day included."""

    id: UUID
    institution: str
    name: str
    title: str
    signature: Drawn
    valid_from: date
    valid_to: date | None
    entered_by: str
    entered_at: datetime

    def signs_on(self, day: date) -> bool:
        """Whether the office is held on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


#: Of an institution that has chosen nothing.
PLAIN_PRIMARY, PLAIN_ACCENT = "#1d4c5f", "#8a5a00"


def plain_look(institution: str) -> Look:
    """How an institution looks that has chosen nothing."""
    return Look(institution, PLAIN_PRIMARY, PLAIN_ACCENT, Drawn(), "")


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) are apart, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def may_set_look(actor: Actor, institution: str) -> bool:
    """The institution's registrars."""
    return actor.is_system or actor.has_role("registrar", institution)
