"""A round as tables: a folder of Parquet or CSV files, for rounds that are too large to be one JSON file.

Files and columns: docs/formats/README.md, «Round as tables». `round_of` gives the same round in the JSON form; a round
means the same in both, and has the same hashes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from linkspan.admissions.engines.files import read_round
from linkspan.admissions.rules.market import LARGEST
from linkspan.kernel.errors import Unusable

#: A NUMBER column is whole where all its values are.
TEXT, WHOLE, YES, NUMBER = pl.String, pl.Int64, pl.Boolean, pl.Float64
#: Table to column to type; those of `MUST` may not be absent or empty.
COLUMNS: dict[str, dict[str, Any]] = {
    "programs": {"id": TEXT, "seats": WHOLE, "ties": TEXT, "reserve_order": TEXT, "better": TEXT},
    "choices": {
        "applicant": TEXT,
        "position": WHOLE,
        "program": TEXT,
        "score": NUMBER,
        "reason": TEXT,
        "accepted": YES,
        "declined": YES,
    },
    "applicants": {"id": TEXT},
    "groups": {"applicant": TEXT, "group": TEXT},
    "reserves": {"program": TEXT, "group": TEXT, "seats": WHOLE},
    "priorities": {"program": TEXT, "position": WHOLE, "applicant": TEXT},
    "lottery": {"position": WHOLE, "applicant": TEXT},
}
MUST = {
    "programs": ("id",),
    "choices": ("applicant", "position", "program"),
    "applicants": ("id",),
    "groups": ("applicant", "group"),
    "reserves": ("program", "group", "seats"),
    "priorities": ("program", "position", "applicant"),
    "lottery": ("position", "applicant"),
}
SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class Tables:
    """A round: the seed, and the tables by name with exactly the columns of `COLUMNS` (absent files are empty)."""

    seed: int
    frames: dict[str, pl.DataFrame]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]


def read_tables(folder: Path) -> Tables:
    """The round in a folder; Unusable naming the file, and the row where there is one, that is wrong."""
    frames = {name: _frame(folder, name) for name in COLUMNS}
    return Tables(_seed(folder / "round.json"), frames)


def _seed(place: Path) -> int:
    if not place.exists():
        return 0
    try:
        seed = read_round(place)["seed"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unusable("round_unusable", 'round.json: {"seed": a whole number} is needed') from error
    if isinstance(seed, bool) or not isinstance(seed, int) or abs(seed) > LARGEST:
        raise Unusable(
            "round_unusable",
            "round.json: the seed {seed} is not a whole number that is carried exactly",
            seed=repr(seed),
        )
    return seed


def _frame(folder: Path, name: str) -> pl.DataFrame:
    found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").exists()]
    if len(found) > 1:
        raise Unusable(
            "round_unusable",
            "{name} stands twice, as {found}",
            name=name,
            found=" and ".join(place.name for place in found),
        )
    if not found:
        if name in ("programs", "choices"):
            raise Unusable(
                "round_unusable", "{folder} has no {name}.parquet or {name}.csv", folder=folder.name, name=name
            )
        return pl.DataFrame(schema=COLUMNS[name])
    place = found[0]
    try:
        raw = pl.read_parquet(place) if place.suffix == ".parquet" else pl.read_csv(place, infer_schema=False)
    except (PolarsError, OSError) as error:
        raise Unusable("round_unusable", "{name} cannot be read: {error}", name=place.name, error=error) from error
    return _typed(raw, name, place.name)


def _typed(raw: pl.DataFrame, name: str, file: str) -> pl.DataFrame:
    columns = COLUMNS[name]
    unknown = next((column for column in raw.columns if column not in columns), None)
    if unknown is not None:
        raise Unusable(
            "round_unusable",
            "{file}: there is no column {unknown}; known are {columns}",
            file=file,
            unknown=repr(unknown),
            columns=", ".join(columns),
        )
    if name == "programs" and "seats" not in raw.columns:
        raise Unusable("round_unusable", "{file}: a column seats is needed (empty: threshold only)", file=file)
    made = []
    for column, kind in columns.items():
        if column not in raw.columns:
            made.append(pl.Series(column, [None] * raw.height, dtype=WHOLE if kind == NUMBER else kind))
        else:
            made.append(_column(raw[column], kind, file))
    frame = pl.DataFrame(made)
    for column in MUST[name]:
        _refuse_where(frame[column].is_null(), f"{file}: {column} is empty", frame[column])
    return frame


def _column(values: pl.Series, kind: Any, file: str) -> pl.Series:
    """The column in its type, with nothing rounded or guessed; an empty text is no value."""
    if values.dtype == pl.String:
        values = values.set(values == "", None)
    if values.dtype == kind != NUMBER:
        return values
    made, lost = _cast(values, WHOLE if kind == NUMBER else kind)
    if kind == NUMBER and lost.any():
        made, lost = _cast(values, NUMBER)
        lost = lost | ~made.is_finite().fill_null(True)
    what = {WHOLE: "a whole number", YES: "true or false", TEXT: "a text", NUMBER: "a number"}[kind]
    _refuse_where(lost, f"{file}: {values.name} is not {what}", values)
    return made


def _cast(values: pl.Series, kind: Any) -> tuple[pl.Series, pl.Series]:
    """The values as another type, and which of them that type cannot hold."""
    made = _yes_no(values) if kind == YES else values.cast(kind, strict=False)
    lost = made.is_null() & values.is_not_null()
    if values.dtype.is_float():
        lost = lost | (made.cast(values.dtype) != values).fill_null(False)
    return made, lost


def _yes_no(values: pl.Series) -> pl.Series:
    """CSV has no truth values: `true` and `false` in any case, `1` and `0`."""
    known = {"true": True, "false": False, "1": True, "0": False}
    return values.cast(pl.String).str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.Boolean)


def _refuse_where(bad: pl.Series, what: str, values: pl.Series) -> None:
    if bad.any():
        row = bad.arg_max() or 0
        raise Unusable(
            "round_unusable", "{what}, row {row}: {values}", what=what, row=row + 1, values=repr(values[row])
        )


def write_tables(frames: dict[str, pl.DataFrame], folder: Path, suffix: str) -> None:
    """Write each frame as `NAME.parquet` or `NAME.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        place = folder / f"{name}{suffix}"
        if suffix == ".parquet":
            frame.write_parquet(place)
        else:
            frame.write_csv(place)


def round_of(tables: Tables) -> dict[str, Any]:
    """The same round in the JSON form of `linkspan match`."""
    return {
        "seed": tables.seed,
        "programs": _programs(tables),
        "applicants": _applicants(tables),
        **({"lottery": _ordered(tables["lottery"])} if tables["lottery"].height else {}),
    }


def _ordered(frame: pl.DataFrame) -> list[str]:
    return frame.sort("position", maintain_order=True)["applicant"].to_list()


def _programs(tables: Tables) -> list[dict[str, Any]]:
    reserves: dict[str, list[dict[str, Any]]] = {}
    for row in tables["reserves"].iter_rows(named=True):
        reserves.setdefault(row["program"], []).append({"group": row["group"], "seats": row["seats"]})
    priorities = {
        str(name): _ordered(rows) for (name,), rows in tables["priorities"].group_by("program", maintain_order=True)
    }
    made = []
    for row in tables["programs"].iter_rows(named=True):
        program: dict[str, Any] = {"id": row["id"], "seats": row["seats"]}
        program |= {name: row[name] for name in ("ties", "reserve_order", "better") if row[name] is not None}
        if row["id"] in reserves:
            program["reserves"] = reserves.pop(row["id"])
        if row["id"] in priorities:
            program["priorities"] = priorities.pop(row["id"])
        made.append(program)
    for name, left in (("reserves", reserves), ("priorities", priorities)):
        if left:
            raise Unusable("round_unusable", "{name}: there is no program {left}", name=name, left=next(iter(left)))
    return made


def _applicants(tables: Tables) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for (name,) in tables["applicants"].iter_rows():
        if name in made:
            raise Unusable("round_unusable", "applicants: {name} stands twice", name=name)
        made[name] = {"id": name, "choices": []}
    ordered = tables["choices"].sort(["applicant", "position"], maintain_order=True)
    for row in ordered.iter_rows(named=True):
        entry = made.setdefault(row["applicant"], {"id": row["applicant"], "choices": []})
        _add_choice(entry, row)
    for name, group in tables["groups"].iter_rows():
        if name not in made:
            raise Unusable("round_unusable", "groups: there is no applicant {name}", name=name)
        made[name].setdefault("groups", []).append(group)
    return list(made.values())


def _add_choice(entry: dict[str, Any], row: dict[str, Any]) -> None:
    program = row["program"]
    entry["choices"].append(program)
    if row["score"] is not None:
        entry.setdefault("scores", {})[program] = row["score"]
    if row["reason"] is not None:
        entry.setdefault("eligible", {})[program] = [row["reason"]]
    if row["declined"]:
        entry.setdefault("declined", []).append(program)
    if row["accepted"]:
        if "accepted" in entry:
            raise Unusable("round_unusable", "choices: {entry} accepted two programs", entry=entry["id"])
        entry["accepted"] = program
