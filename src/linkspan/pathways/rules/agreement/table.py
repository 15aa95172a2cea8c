"""The recognition rows of an agreement as a CSV table, out and in again without loss; each wrong row is named.

What a table cannot hold is refused when it is written, by reading the table back and comparing.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement.credit import KINDS, Recognition
from linkspan.pathways.rules.language.values import LETTER_POINTS, number

COLUMNS = (
    *("clause", "kind", "courses", "times", "slot", "credits", "min_grade", "grade_scale", "valid_years", "text"),
    *("effect", "as", "gives", "convert", "below_grade", "below_scale", "priority", "level"),
)
GRADES = (("min_grade", "grade_scale"), ("below_grade", "below_scale"))
TEXTS = ("slot", "text", "effect", "as", "level")
WHOLES = ("times", "valid_years", "priority")
LARGEST = 1_000_000
MOST_ROWS = 2_000
#: Before a cell that a spreadsheet would run as a formula (OWASP, CSV injection), and before one that begins with it.
MARK = "'"
MARKED = ("=", "+", "-", "@", "\t", "\r", MARK)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that could be read, and what is wrong with the others: (line, what)."""

    rows: tuple[dict[str, Any], ...]
    errors: tuple[tuple[int, str], ...]


def recognition_as_csv(rows: Iterable[Recognition]) -> str:
    """The table, lists with semicolons; Unusable, naming the clauses, if one says what a table cannot hold."""
    rows = list(rows)
    lost = ["?" if row.clause is None else str(row.clause) for row in rows if not _held(row)]
    if lost:
        said = f"A table cannot hold all of clause {', '.join(lost)}. Take the agreement as JSON."
        raise Unusable("table_cannot_hold", said)
    return _written(rows)


def _held(row: Recognition) -> bool:
    """Whether the row comes back from a table as it went."""
    try:
        found = recognition_from_csv(_written([row]))
    except (Unusable, TypeError, AttributeError):
        return False
    return not found.errors and [_exact(back) for back in found.rows] == [_exact(row.as_json())]


def _exact(value: Any) -> Any:
    """A value with its numerals as numbers: 4, 4.0 and the text 4 are one amount."""
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    found = number(value)
    return value if found is None else found


def _written(rows: Iterable[Recognition]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = _cells(row)
        writer.writerow([_safe(cells.get(name, "")) for name in COLUMNS])
    return out.getvalue()


def _cells(row: Recognition) -> dict[str, str]:
    stated = dict(row.values())
    cells = {name: str(stated[name]) for name in ("clause", "credits", *TEXTS, *WHOLES) if name in stated}
    cells |= {"kind": row.kind or "any_of", "courses": row.unknown or "; ".join(map(str, row.listed))}
    cells |= {} if row.convert is None else {"convert": "yes" if row.convert else "no"}
    for grade, (name, scale) in zip((row.min_grade, row.below_grade), GRADES, strict=True):
        cells |= {name: str(grade.value), scale: str(grade.scale)} if grade else {}
    given = (f"{one.slot} {one.credits} {one.as_ or ''}".strip() for one in row.gives)
    return cells | {"gives": "; ".join(given)}


def recognition_from_csv(text: str) -> Table:
    """The rows of a table; Unusable if it is none (columns, size), while a wrong row is an error of its line."""
    if len(text) > LARGEST:
        raise Unusable("table_too_large", "The table is larger than {largest} characters.", largest=LARGEST)
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    try:
        lacking = {"clause", "courses"} - set(reader.fieldnames or ())
        strange = set(reader.fieldnames or ()) - set(COLUMNS)
        if lacking or strange:
            parts = (f"{what} {', '.join(sorted(map(str, names)))}" for what, names in _told(lacking, strange))
            raise Unusable("table_unusable", "columns: {parts}", parts="; ".join(parts))
        return _read(reader)
    except csv.Error as error:
        raise Unusable("table_unusable", "line {line_num}: {error}", line_num=reader.line_num, error=error) from error


def _told(lacking: set[str], strange: set[str]) -> list[tuple[str, set[str]]]:
    return [(what, names) for what, names in (("lacking", lacking), ("not known", strange)) if names]


def _read(reader: csv.DictReader[str]) -> Table:
    rows: list[dict[str, Any]] = []
    errors: list[tuple[int, str]] = []
    for cells in reader:
        if len(rows) + len(errors) >= MOST_ROWS:
            raise Unusable("table_too_large", "The table has more than {most_rows} rows.", most_rows=MOST_ROWS)
        try:
            row = _row(cells)
            Recognition.shape().check(row, "")
            rows.append(row)
        except (Unusable, ValueError) as error:
            errors.append((reader.line_num, str(error)))
    return Table(tuple(rows), tuple(errors))


def _row(cells: Mapping[str, Any]) -> dict[str, Any]:
    if None in cells or any(value is None for value in cells.values()):
        raise ValueError("the row has another number of cells than the head")
    given = {name: value.strip().removeprefix(MARK) for name, value in cells.items() if value and value.strip()}
    row: dict[str, Any] = {"clause": given.get("clause", ""), **_named(given)}
    row |= {name: _whole(name, given[name]) for name in WHOLES if name in given}
    row |= {name: given[name] for name in TEXTS if name in given}
    row |= {name: _grade(name, given[name], given.get(scale, "")) for name, scale in GRADES if name in given}
    if "credits" in given:
        row["credits"] = _number("credits", given["credits"])
    if "convert" in given:
        row["convert"] = _flag("convert", given["convert"])
    if "gives" in given:
        row["gives"] = [_given(part.strip()) for part in given["gives"].split(";")]
    return row


def _named(given: Mapping[str, str]) -> dict[str, Any]:
    """What the row is about, by its kind."""
    kind = given.get("kind", "any_of")
    if kind not in KINDS:
        raise ValueError(f"kind: one of {', '.join(KINDS)} is needed")
    text = given.get("courses", "")
    if kind == "unknown":
        return {kind: text}
    courses = [course for part in text.split(";") if (course := part.strip())]
    if (not courses and kind != "block") or (kind == "course" and len(courses) > 1):
        raise ValueError("courses: one or more are needed, separated by semicolons; of kind course, one")
    return {kind: courses[0] if kind == "course" else courses}


def _given(text: str) -> dict[str, Any]:
    slot, credits, name = [*text.split(" ", 2), "", ""][:3]
    return {"slot": slot, "credits": _number("gives", credits)} | ({"as": name} if name else {})


def _grade(name: str, value: str, scale: str) -> dict[str, Any]:
    if value in LETTER_POINTS and scale in ("", "letter"):
        return {"scale": "letter", "value": value}
    if not scale:
        raise ValueError("grade_scale, below_scale: the scale of the grade is needed, such as percent")
    return {"scale": scale, "value": _number(name, value) if number(value) is not None else value}


def _flag(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{name}: yes or no is needed")
    return text == "yes"


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
    return f"{MARK}{cell}" if cell.startswith(MARKED) else cell
