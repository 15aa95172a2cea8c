"""Extra time of many learners as CSV: an address and the percent of each."""

import csv
import io

from linkspan.exams.rules import ExtraTimeLine, ExtraTimeOutcome
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Unusable

COLUMNS = ("email", "percent")
MOST_ROWS = 5000
LONGEST_CELL = 254


def read_extra_times(text: str) -> tuple[ExtraTimeLine, ...]:
    """Return the rows of the file, each as it stands; Unusable if it cannot be read as a whole."""
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True))
    except csv.Error as error:
        raise Unusable("file_unusable", "The file cannot be read as CSV: {error}", error=error) from error
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if header != COLUMNS:
        raise Unusable("columns_wrong", "The first row names the columns: {columns}.", columns=",".join(COLUMNS))
    filled = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if len(filled) > MOST_ROWS:
        raise Unusable(
            "too_many_rows", "The file has {count} rows. Split it: {most} at once.", count=len(filled), most=MOST_ROWS
        )
    return tuple(_line(number, row) for number, row in filled)


def _normal(email: str) -> str:
    """The address as accounts hold it; what is none stays as it is, and nobody has an account with it."""
    try:
        return address(email)
    except Unusable:
        return email


def _line(number: int, row: list[str]) -> ExtraTimeLine:
    email, percent = (cell.strip()[:LONGEST_CELL] for cell in (*row, "", "")[:2])
    whole = percent.isascii() and percent.isdigit() and len(percent) < 4
    return ExtraTimeLine(number, _normal(email), int(percent) if whole else 0, ExtraTimeOutcome.GRANTED)
