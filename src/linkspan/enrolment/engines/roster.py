"""A roster as a CSV file: a header, and a learner a row; every row that cannot be used is named."""

import csv
import io
from collections.abc import Iterator

from linkspan.enrolment.rules import RosterLine, RosterOutcome, RosterRow, Track
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import Unusable
from linkspan.kernel.lines import OneLine

COLUMNS = ("email", "name", "track")
LARGEST, MOST_ROWS, LONGEST_CELL = 2_000_000, 5_000, 300


def read_roster(text: str) -> tuple[list[RosterRow], list[RosterLine]]:
    """Return the rows that can be used, and the others as refused lines; columns of other names are passed over.

    A row has an `email`, and may have a `name` and a `track` (audit, unless it says verified). Unusable if the text is
    no such table.
    """
    if len(text) > LARGEST:
        raise Unusable("roster_unusable", "A roster is at most 2 MB. Split it.")
    try:
        table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise Unusable("roster_unusable", "This is not a CSV file: {error}.", error=error) from None
    header = [name.strip().lower() for name in table[0]] if table else []
    if header.count("email") != 1 or any(header.count(name) > 1 for name in COLUMNS):
        raise Unusable("roster_unusable", "The first row names the columns: email, and if you like name and track.")
    if len(table) > MOST_ROWS + 1:
        raise Unusable("roster_unusable", "A roster has at most {most} rows. Split it.", most=MOST_ROWS)
    rows: list[RosterRow] = []
    refused: list[RosterLine] = []
    seen: dict[Address, int] = {}
    for number, cells in _cells(header, table):
        try:
            row = _row(number, *cells)
            if (earlier := seen.setdefault(row.email, number)) != number:
                raise Unusable("repeated", "This address is in row {row} already. Remove one of the two.", row=earlier)
            rows.append(row)
        except Unusable as error:
            refused.append(RosterLine(number, cells, RosterOutcome.REFUSED, error.message))
    return rows, refused


def _cells(header: list[str], table: list[list[str]]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    places = [header.index(name) if name in header else -1 for name in COLUMNS]
    for number, row in enumerate(table[1:], 2):
        if any(cell.strip() for cell in row):
            email, name, track = (row[at].strip()[:LONGEST_CELL] if 0 <= at < len(row) else "" for at in places)
            yield number, (email, name, track)


def _row(number: int, email: str, name: str, track: str) -> RosterRow:
    wanted = track.lower() or Track.AUDIT
    if wanted not in set(Track):
        raise Unusable("track_unknown", "There is no track '{track}'. Enter audit or verified.", track=track[:40])
    return RosterRow(number, address(email), OneLine.of(name).value, Track(wanted))
