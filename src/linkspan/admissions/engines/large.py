"""A round in a folder of tables, matched: on columns where its orders are strict, else by the rules."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from linkspan.admissions.engines.columns import Columns, Settled, columns_of, cutoffs_of, is_plain, settle_columns
from linkspan.admissions.engines.explain import explain, explanations_frame
from linkspan.admissions.engines.hashes import input_sha256, output_sha256
from linkspan.admissions.engines.tables import Tables, round_of
from linkspan.admissions.rules.matching import match_round


@dataclass(frozen=True, slots=True)
class TableResult:
    """`frames` are the tables assignment, cutoffs and explanations; `summary` is ranks and hashes, as in JSON."""

    frames: dict[str, pl.DataFrame]
    summary: dict[str, Any]


def match_tables(tables: Tables) -> TableResult:
    """The result of a round; the same, hashes included, whichever way it is matched."""
    if not is_plain(tables):
        return from_json(match_round(round_of(tables)))
    columns = columns_of(tables)
    settled = settle_columns(columns)
    sentences = explain(columns, settled)
    cutoffs = cutoffs_of(columns, settled)
    summary = {
        "ranks": _ranks(columns, settled),
        "input_sha256": input_sha256(columns),
        "output_sha256": output_sha256(columns, settled, sentences, cutoffs),
    }
    given = pl.Series(columns.schools, dtype=pl.String).gather(
        pl.Series(np.where(settled.rows >= 0, columns.programs[settled.rows], -1)).replace(-1, None)
        if len(columns.programs)
        else pl.Series([], dtype=pl.Int64)
    )
    frames = {
        "assignment": pl.DataFrame({"applicant": pl.Series(columns.names, dtype=pl.String), "program": given}),
        "cutoffs": _cutoffs_frame(cutoffs),
        "explanations": explanations_frame(columns, sentences),
    }
    return TableResult(frames, summary)


def from_json(result: dict[str, Any]) -> TableResult:
    """The JSON form of a result as tables."""
    explained = [
        {"applicant": name, "position": position, **row}
        for name, rows in result["explanations"].items()
        for position, row in enumerate(rows, 1)
    ]
    named = {"applicant": pl.String, "program": pl.String}
    columns = {
        "applicant": pl.String,
        "position": pl.Int64,
        **dict.fromkeys(("program", "outcome", "reason"), pl.String),
    }
    frames = {
        "assignment": pl.DataFrame(list(result["assignment"].items()), schema=named, orient="row"),
        "cutoffs": _cutoffs_frame(result["cutoffs"]),
        "explanations": pl.DataFrame(explained, schema=columns),
    }
    return TableResult(frames, {name: result[name] for name in ("ranks", "input_sha256", "output_sha256")})


def _cutoffs_frame(cutoffs: Any) -> pl.DataFrame:
    kind = pl.Float64 if any(isinstance(cutoff, float) for cutoff in cutoffs.values()) else pl.Int64
    return pl.DataFrame(list(cutoffs.items()), schema={"program": pl.String, "cutoff": kind}, orient="row")


def _ranks(columns: Columns, settled: Settled) -> dict[str, int]:
    got = np.flatnonzero(settled.rows >= 0)
    places = settled.rows[got] - columns.starts[:-1][got] + 1
    return {"first": int((places == 1).sum()), "sum": int(places.sum())}
