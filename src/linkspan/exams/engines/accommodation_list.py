"""Accommodations of many learners as CSV: an address and the percent of each, or an address and any kind."""

from linkspan.exams.rules import AccommodationKind, AccommodationLine, AccommodationOutcome
from linkspan.kernel.people_list import read_people

COLUMNS = ("email", "percent")
KINDS = ("email", "kind", "amount", "times", "words", "last_day")
LONGEST_NUMBER = 6


def read_accommodations(text: str) -> tuple[AccommodationLine, ...]:
    """Return the rows of the file, each as it stands; Unusable if it cannot be read as a whole."""
    header = text.removeprefix("\ufeff").lstrip("\r\n").partition("\n")[0].lower()
    if "percent" in header:
        return tuple(_percent(number, *cells) for number, cells in read_people(text, COLUMNS))
    return tuple(_line(number, *cells) for number, cells in read_people(text, KINDS))


def _percent(number: int, email: str, percent: str) -> AccommodationLine:
    amount = _whole(percent)
    return AccommodationLine(number, email, max(amount, 0), AccommodationOutcome.GRANTED, amount=amount)


def _line(number: int, email: str, kind: str, amount: str, times: str, words: str, last_day: str) -> AccommodationLine:
    named, much = kind.lower(), _whole(amount or "0")
    percent = max(much, 0) if named == AccommodationKind.PERCENT else 0
    told = (named, much, _whole(times or "0"), words, last_day)
    return AccommodationLine(number, email, percent, AccommodationOutcome.GRANTED, "", *told)


def _whole(given: str) -> int:
    """A whole number; -1, which is out of every range, for what is none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER else -1
