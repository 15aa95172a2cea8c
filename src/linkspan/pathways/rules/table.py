"""The recognition rows of an agreement as a CSV table, out and in; each wrong row is named by its line."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.document import RECOGNITION
from linkspan.pathways.rules.values import LETTER_POINTS, number

COLUMNS = ("clause", "kind", "courses", "times", "slot", "credits", "min_grade", "grade_scale", "valid_years", "text")
KINDS = ("any_of", "course", "all_of", "block")
LARGEST = 1_000_000
MOST_ROWS = 2_000
#: Spreadsheets run a cell that begins so as a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that could be read, and what is wrong with the others: (line, what)."""

    rows: tuple[dict[str, Any], ...]
    errors: tuple[tuple[int, str], ...]


def recognition_as_csv(document: Mapping[str, Any]) -> str:
    """The table; a list of courses is written with semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in document.get("recognition") or ():
        kind = next((kind for kind in KINDS if kind in row), "any_of")
        courses = row.get(kind, "")
        grade = row.get("min_grade") or {}
        cells = {
            **{name: row.get(name, "") for name in COLUMNS},
            "kind": kind,
            "courses": "; ".join(map(str, courses)) if isinstance(courses, list) else courses,
            "min_grade": grade.get("value", ""),
            "grade_scale": grade.get("scale", ""),
        }
        writer.writerow([_safe(str(cells[name])) for name in COLUMNS])
    return out.getvalue()


def recognition_from_csv(text: str) -> Table:
    """The rows of a table; Unusable if it is none (columns, size), while a wrong row is an error of its line."""
    if len(text) > LARGEST:
        raise Unusable("table_too_large", f"The table is larger than {LARGEST} characters.")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        lacking = {"clause", "courses"} - set(reader.fieldnames or ())
        strange = set(reader.fieldnames or ()) - set(COLUMNS)
        if lacking or strange:
            parts = (f"{what} {', '.join(sorted(map(str, names)))}" for what, names in _told(lacking, strange))
            raise Unusable("table_unusable", f"columns: {'; '.join(parts)}")
        return _read(reader)
    except csv.Error as error:
        raise Unusable("table_unusable", f"line {reader.line_num}: {error}") from error


def _told(lacking: set[str], strange: set[str]) -> list[tuple[str, set[str]]]:
    return [(what, names) for what, names in (("lacking", lacking), ("not known", strange)) if names]


def _read(reader: csv.DictReader[str]) -> Table:
    rows: list[dict[str, Any]] = []
    errors: list[tuple[int, str]] = []
    for cells in reader:
        if len(rows) + len(errors) >= MOST_ROWS:
            raise Unusable("table_too_large", f"The table has more than {MOST_ROWS} rows.")
        try:
            row = _row(cells)
            RECOGNITION.check(row, "")
            rows.append(row)
        except (Unusable, ValueError) as error:
            errors.append((reader.line_num, str(error)))
    return Table(tuple(rows), tuple(errors))


def _row(cells: Mapping[str, Any]) -> dict[str, Any]:
    if None in cells or any(value is None for value in cells.values()):
        raise ValueError("the row has another number of cells than the head")
    given = {name: value.strip().removeprefix("'") for name, value in cells.items() if value and value.strip()}
    kind = given.get("kind", "any_of")
    if kind not in KINDS:
        raise ValueError(f"kind: one of {', '.join(KINDS)} is needed")
    courses = [course for part in given.get("courses", "").split(";") if (course := part.strip())]
    if not courses or (kind == "course" and len(courses) > 1):
        raise ValueError("courses: one or more are needed, separated by semicolons; of kind course, one")
    row: dict[str, Any] = {"clause": given.get("clause", ""), kind: courses[0] if kind == "course" else courses}
    for name in ("times", "valid_years"):
        if name in given:
            row[name] = _whole(name, given[name])
    if "credits" in given:
        row["credits"] = _number("credits", given["credits"])
    row |= {name: given[name] for name in ("slot", "text") if name in given}
    if "min_grade" in given:
        row["min_grade"] = _grade(given["min_grade"], given.get("grade_scale", ""))
    return row


def _grade(value: str, scale: str) -> dict[str, Any]:
    if value in LETTER_POINTS and scale in ("", "letter"):
        return {"scale": "letter", "value": value}
    if scale not in ("percent", "points"):
        raise ValueError("grade_scale: letter, percent or points is needed")
    return {"scale": scale, "value": _number("min_grade", value)}


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError(f"{name}: a whole number is needed")
    return int(text)


def _number(name: str, text: str) -> int | str:
    found = number(text)
    if found is None or found < 0:
        raise ValueError(f"{name}: a number is needed")
    return int(found) if found == found.to_integral_value() else text


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
