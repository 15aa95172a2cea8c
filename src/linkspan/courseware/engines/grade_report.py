"""The grade report that instructors download from Open edX: a CSV file with a learner a row."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import rfc8785

from linkspan.catalog.rules import CourseRun
from linkspan.courseware.rules.grade_reports import RECORDED, UNRECORDED
from linkspan.courseware.rules.platform import (
    Origin,
    PlatformCertificate,
    PlatformEnrolment,
    PlatformGrade,
    PlatformLearner,
    PlatformPerson,
    PlatformRow,
    PlatformValue,
    grade_told,
)
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import Unusable

MOST_ROWS, LONGEST_CELL, MOST_COLUMNS = 50_000, 2_000, 1_000
LONGEST_USERNAME = 200
NEEDED = ("username", "grade", "enrollment track")
SHARE = re.compile(r"\d(\.\d{1,20})?", re.ASCII)
READ = (
    *NEEDED,
    "email",
    "passed",
    "enrollment status",
    "certificate eligible",
    "certificate delivered",
    "certificate type",
)


@dataclass(frozen=True, slots=True)
class GradeReport:
    """The report of one run.

    `made` is when it was made, if known, and `completed` the day from which its grades count. Grades of the tracks
    that show who somebody is go on record; other rows, and those who left, are left out.
    """

    name: str
    raw: bytes
    run: CourseRun
    made: datetime | None
    completed: date
    open_until: str = ""
    place: str = ""
    pass_mark: Decimal | None = None

    def rows(self) -> Iterator[PlatformRow]:
        """Every learner of the report, numbered by the rows of the table, of which the header is the first."""
        header, table = _table(self.raw)
        for number, cells in table:
            try:
                yield self._row(number, header, cells)
            except Unusable as error:
                yield PlatformRow(number, None, str(error.message))

    def lines(self, numbers: Collection[int]) -> Iterator[bytes]:
        """The header and those rows, to be corrected and given back."""
        if not numbers:
            return
        header, table = _table(self.raw)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(cells for number, cells in table if number in numbers)
        yield out.getvalue().encode()

    def _row(self, number: int, header: Sequence[str], cells: Sequence[str]) -> PlatformRow:
        if len(cells) != len(header):
            raise Unusable(
                "cells_wrong", "the row has {cells} cells, the header {header}", cells=len(cells), header=len(header)
            )
        told = {name.strip().lower(): cell.strip() for name, cell in zip(header, cells, strict=True)}
        origin = Origin.of(self.name, self.made, rfc8785.dumps(dict(zip(header, cells, strict=True))))
        person = PlatformPerson(_username(told), _address(told), "", origin)
        track = told["enrollment track"].lower()
        is_active = told.get("enrollment status", "enrolled").lower() != "unenrolled"
        values: list[PlatformValue] = [PlatformEnrolment(self.run.id, track, is_active, origin)]
        if told.get("certificate delivered", "").upper() == "Y":
            kind = told.get("certificate type", "")
            values.append(PlatformCertificate(self.run.id, kind, "delivered", None, origin))
        left_out = _left_out(track, is_active)
        if not left_out:
            values.append(PlatformGrade(self.run.id, self._grade(told), origin))
        return PlatformRow(number, PlatformLearner(person, tuple(values)), left_out=left_out)

    def _grade(self, told: Mapping[str, str]) -> dict[str, object]:
        told_as = told["grade"]
        share = Decimal(told_as) if SHARE.fullmatch(told_as) else Decimal(-1)
        if not 0 <= share <= 1:
            raise Unusable("grade_wrong", "Grade: {grade} is not from 0 to 1", grade=repr(told_as[:40]))
        # Open edX writes a binary fraction: its noise is no part of the grade.
        percent = Decimal(f"{round(share * 100, 4).normalize():f}")
        said = {"Y": True, "N": False}.get(told.get("passed", "").upper())
        passed = said if self.pass_mark is None else percent >= self.pass_mark
        return grade_told(self.run, percent, "", passed, self.completed)


def _left_out(track: str, is_active: bool) -> str:
    """Why a row gives nothing for the record; Unusable for a track that nobody here knows."""
    if not is_active:
        return "unenrolled"
    if track in UNRECORDED:
        return track
    if track not in RECORDED:
        raise Unusable("track_unknown", "Enrollment Track: {track} is unknown", track=repr(track[:40]))
    return ""


def _username(told: Mapping[str, str]) -> str:
    found = told["username"]
    if not 0 < len(found) <= LONGEST_USERNAME or not found.isprintable():
        raise Unusable("username_wrong", "Username: a text of 1 to {most} characters", most=LONGEST_USERNAME)
    return found


def _address(told: Mapping[str, str]) -> Address | None:
    found = told.get("email", "")
    return address(found) if found else None


def _table(raw: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows that are not blank, by number; Unusable says which file this is instead."""
    try:
        text = raw.decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise Unusable("report_unusable", "The file is not UTF-8. Choose it as Open edX made it.") from None
    except csv.Error as error:
        raise Unusable("report_unusable", "This is not a CSV file: {error}.", error=error) from None
    header = table[0] if table else []
    _check_header([name.strip().lower() for name in header])
    if len(table) > MOST_ROWS + 1:
        raise Unusable("report_too_long", "The report has more than {most} rows. Split it.", most=MOST_ROWS)
    return header, [(number, row) for number, row in enumerate(table[1:], 2) if any(cell.strip() for cell in row)]


def _check_header(names: Sequence[str]) -> None:
    if {"username", "error"} <= set(names) or {"username", "error_msg"} <= set(names):
        raise Unusable("report_of_errors", "This is the report of errors. Choose the file without “err” in its name.")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Unusable(
            "report_unusable",
            "The first row has no column {missing}. Choose the grade report of the course, not that of the problems.",
            missing=", ".join(name.title() for name in missing),
        )
    twice = next((name for name in READ if names.count(name) > 1), None)
    if twice is not None or len(names) > MOST_COLUMNS:
        raise Unusable("report_unusable", "The first row has two columns {name}.", name=str(twice).title())
