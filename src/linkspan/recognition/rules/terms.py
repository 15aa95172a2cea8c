"""Terms of a year in order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from linkspan.kernel.errors import Unusable
from linkspan.recognition.rules.degree import SEASONS

#: No term's day is stated.
NO_CALENDAR: Mapping["Term", date] = MappingProxyType({})
#: The month in which each season's courses begin.
MONTHS = {"january": 1, "spring": 2, "summer": 6, "fall": 9}


@dataclass(frozen=True, order=True, slots=True)
class Term:
    """A term: the year and the season's place in SEASONS."""

    year: int
    season_number: int

    @property
    def season(self) -> str:
        """The season's name."""
        return SEASONS[self.season_number]

    def __str__(self) -> str:
        return f"{self.year} {self.season}"


def parse_term(text: str) -> Term:
    """`2019 fall` as a Term; Unusable if it is none."""
    found = re.fullmatch(r"(\d{4}) ([a-z]+)", text.strip())
    if not found or found[2] not in SEASONS:
        raise Unusable(
            "term_unknown", "A term is a year and one of {seasons}, such as 2019 fall.", seasons=", ".join(SEASONS)
        )
    return Term(int(found[1]), SEASONS.index(found[2]))


def term_of(starts: date) -> Term:
    """Which term it is that a school's calendar begins on a day: the one whose courses begin nearest to it."""
    around = terms_from(Term(starts.year - 1, 0), 3 * len(SEASONS))
    return min(around, key=lambda term: abs(usual_start(term) - starts))


def usual_start(term: Term) -> date:
    """The day on which a term begins where no calendar says another one."""
    return date(term.year, MONTHS[term.season], 1)


def next_term(on: date, begins: Mapping[Term, date] = NO_CALENDAR) -> Term:
    """The first term that begins after a day; `begins` are the first days of terms that a calendar states."""
    coming = terms_from(Term(on.year - 1, 0), 4 * len(SEASONS))
    return next(term for term in coming if on < begins.get(term, usual_start(term)))


def terms_from(first: Term, count: int) -> tuple[Term, ...]:
    """That many terms in order."""
    start = first.year * len(SEASONS) + first.season_number
    return tuple(Term(*divmod(start + number, len(SEASONS))) for number in range(count))
