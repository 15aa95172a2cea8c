"""What every document in an institution's look gives to its template: paper, colours, mark, and who signs."""

from collections.abc import Iterable
from dataclasses import dataclass

from linkspan.institutions.engines.pictures import as_svg
from linkspan.institutions.rules import Drawn, Look
from linkspan.kernel.typeset import printable

#: Countries where paper is Letter; elsewhere it is A4.
LETTER_PAPER = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE"})


@dataclass(frozen=True, slots=True)
class SigningLine:
    """Who signs; `alt` stands for the picture of the signature."""

    name: str
    title: str
    alt: str
    signature: Drawn


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The look of a day, who signs on it, and the country whose paper is used."""

    look: Look
    signing: tuple[SigningLine, ...] = ()
    country: str = ""

    def told(self) -> dict[str, object]:
        """What its templates read of `told`."""
        look = self.look
        return {
            "paper": "us-letter" if self.country in LETTER_PAPER else "a4",
            "primary": look.primary,
            "accent": look.accent,
            "mark_words": printable(look.mark_words) if look.mark.kind else "",
            "signing": [_line(one) for one in self.signing],
        }

    def pictures(self) -> dict[str, str]:
        """The pictures that its templates name, as SVG: `mark`, `signature0` and so on."""
        return {"mark": as_svg(self.look.mark, 400, 400), **_signatures(self.signing)}


def _line(one: SigningLine) -> dict[str, str]:
    alt = one.alt if one.signature.kind else ""
    return {"name": printable(one.name), "title": printable(one.title), "alt": printable(alt)}


def _signatures(signing: Iterable[SigningLine]) -> dict[str, str]:
    return {f"signature{place}": as_svg(one.signature, 500, 120) for place, one in enumerate(signing)}
