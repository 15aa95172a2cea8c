"""Extra time of many learners as CSV: an address and the percent of each."""

from linkspan.exams.rules import ExtraTimeLine, ExtraTimeOutcome
from linkspan.kernel.people_list import read_people

COLUMNS = ("email", "percent")


def read_extra_times(text: str) -> tuple[ExtraTimeLine, ...]:
    """Return the rows of the file, each as it stands; Unusable if it cannot be read as a whole."""
    return tuple(_line(number, email, percent) for number, (email, percent) in read_people(text, COLUMNS))


def _line(number: int, email: str, percent: str) -> ExtraTimeLine:
    whole = percent.isascii() and percent.isdigit() and len(percent) < 4
    return ExtraTimeLine(number, email, int(percent) if whole else 0, ExtraTimeOutcome.GRANTED)
