"""A list of extensions as a CSV file."""

import csv
import io
from contextlib import suppress

from linkspan.courseware.rules import ExtensionLine
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Unusable

COLUMNS = ("email", "subsection", "due", "reason")
LARGEST, MOST_ROWS, LONGEST_CELL = 2_000_000, 5_000, 1_000


def read_extensions(text: str) -> tuple[ExtensionLine, ...]:
    """Return the rows of the file, each as it stands; Unusable if it cannot be read as a whole."""
    if len(text) > LARGEST:
        raise Unusable("list_unusable", "A list is at most 2 MB. Split it.")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise Unusable("list_unusable", "This is not a CSV file: {error}.", error=error) from None
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if header != COLUMNS:
        raise Unusable("columns_wrong", "The first row names the columns: {columns}.", columns=",".join(COLUMNS))
    if len(rows) > MOST_ROWS + 1:
        raise Unusable("list_unusable", "A list has at most {most} rows. Split it.", most=MOST_ROWS)
    filled = ((number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row))
    return tuple(_line(number, row) for number, row in filled)


def _line(number: int, row: list[str]) -> ExtensionLine:
    email, subsection, due, reason = (row[at].strip()[:LONGEST_CELL] if at < len(row) else "" for at in range(4))
    with suppress(Unusable):  # what is no address is told with its row
        email = address(email)
    return ExtensionLine(number, email, subsection, due, reason)
