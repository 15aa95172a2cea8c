"""A list of people as a CSV file: a header, then an address and what else the columns name, a person a row."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress

from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Unusable

LARGEST, MOST_ROWS, LONGEST_CELL = 2_000_000, 5_000, 1_000


def read_people(text: str, columns: Sequence[str]) -> tuple[tuple[int, list[str]], ...]:
    """Return each filled row with its number and as many cells as `columns`, of which the first is an address.

    What is no address stays as it is, to be told with its row. Unusable if the file cannot be read as a whole.
    """
    if len(text) > LARGEST:
        raise Unusable("list_unusable", "A list is at most 2 MB. Split it.")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise Unusable("list_unusable", "This is not a CSV file: {error}.", error=error) from None
    if not rows or [cell.strip().lower() for cell in rows[0]] != list(columns):
        raise Unusable("columns_wrong", "The first row names the columns: {columns}.", columns=",".join(columns))
    if len(rows) > MOST_ROWS + 1:
        raise Unusable("list_unusable", "A list has at most {most} rows. Split it.", most=MOST_ROWS)
    filled = ((number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row))
    return tuple((number, _cells(row, len(columns))) for number, row in filled)


def _cells(row: Sequence[str], count: int) -> list[str]:
    cells = [row[at].strip()[:LONGEST_CELL] if at < len(row) else "" for at in range(count)]
    with suppress(Unusable):
        cells[0] = address(cells[0])
    return cells
