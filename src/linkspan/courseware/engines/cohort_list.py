"""A list of who goes into which cohort, as a CSV file."""

import csv
import io
from contextlib import suppress

from linkspan.courseware.rules import PLACE_COLUMNS, PlaceLine
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Unusable

LARGEST, MOST_ROWS, LONGEST_CELL = 2_000_000, 5_000, 300


def read_places(text: str) -> tuple[PlaceLine, ...]:
    """Return the rows of the file, each as it stands; Unusable if it cannot be read as a whole."""
    if len(text) > LARGEST:
        raise Unusable("list_unusable", "A list is at most 2 MB. Split it.")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise Unusable("list_unusable", "This is not a CSV file: {error}.", error=error) from None
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if header != PLACE_COLUMNS:
        raise Unusable("columns_wrong", "The first row names the columns: {columns}.", columns=",".join(PLACE_COLUMNS))
    if len(rows) > MOST_ROWS + 1:
        raise Unusable("list_unusable", "A list has at most {most} rows. Split it.", most=MOST_ROWS)
    filled = ((number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row))
    return tuple(_line(number, row) for number, row in filled)


def _line(number: int, row: list[str]) -> PlaceLine:
    email, cohort = (row[at].strip()[:LONGEST_CELL] if at < len(row) else "" for at in range(2))
    with suppress(Unusable):  # what is no address is told with its row
        email = address(email)
    return PlaceLine(number, email, cohort)
