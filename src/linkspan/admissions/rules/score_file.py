"""A file of committee scores: CSV with a header, one application a row; every bad row is named."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from linkspan.admissions.rules.scores import read_score
from linkspan.kernel.errors import Unusable

COLUMNS = ("application", "score")
LARGEST = 5 * 1024 * 1024
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class BadRow:
    """What is wrong with a line of the file; the header is line 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """What a file says: `scores` with the line of each application, `unscored` rows without a score, and `bad` ones."""

    scores: Mapping[UUID, Decimal]
    lines: Mapping[UUID, int]
    unscored: int
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a file changes, or would change: nothing at all while a row is `bad`."""

    fresh: int
    changed: int
    same: int
    unscored: int
    bad: tuple[BadRow, ...]
    saved: bool


def read_scores(content: bytes) -> ScoreFile:
    """The scores of a CSV file (RFC 4180, UTF-8, with or without a byte order mark); other columns are ignored.

    Unusable if it is no such file at all; a row that cannot be used is reported in `bad` and counts for nothing.
    """
    if len(content) > LARGEST:
        raise Unusable("scores_unusable", "A file of scores is at most 5 MB. Send it in parts.")
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unusable("scores_unusable", "This is not a CSV file in UTF-8: {error}.", error=error) from None
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if any(header.count(column) != 1 for column in COLUMNS) or len(rows) > MOST_ROWS + 1:
        raise Unusable(
            "scores_unusable",
            "The first row names the columns application and score; up to {most_rows}.",
            most_rows=MOST_ROWS,
        )
    return _read(rows[1:], header.index("application"), header.index("score"))


def _read(rows: list[list[str]], at: int, score_at: int) -> ScoreFile:
    scores: dict[UUID, Decimal] = {}
    lines: dict[UUID, int] = {}
    bad: list[BadRow] = []
    unscored = 0
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            application, score = _row(row, at, score_at)
            if application in lines:
                raise ValueError(f"application {application} stands in line {lines[application]} already")
        except (ValueError, Unusable) as error:
            bad.append(BadRow(line, str(error)))
            continue
        lines[application] = line
        if score is None:
            unscored += 1
        else:
            scores[application] = score
    return ScoreFile(scores, lines, unscored, tuple(bad))


def _row(row: list[str], at: int, score_at: int) -> tuple[UUID, Decimal | None]:
    if max(at, score_at) >= len(row):
        raise ValueError("the row is shorter than the header")
    given, score = row[at].strip(), row[score_at].strip()
    try:
        application = UUID(given)
    except ValueError:
        raise ValueError(f"{given[:60]!r} is not the id of an application") from None
    return application, read_score(score) if score else None
