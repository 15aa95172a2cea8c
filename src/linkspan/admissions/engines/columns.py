"""A round of strict orders matched on columns; equal to `rules.matching.match` on the round in its JSON form.

What it does not do (priorities, reserves, equal treatment of ties, names that JSON would have to escape) goes by the
rules: `match_tables` chooses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from linkspan.admissions.engines.acceptance import Ints, accept
from linkspan.admissions.engines.tables import Tables
from linkspan.admissions.rules.market import LARGEST, lottery_order
from linkspan.kernel.errors import Unusable

#: Printable ASCII without quotation mark and backslash: JSON writes it as it is, and every order of it is the same.
PLAIN = r"^[ !#-\[\]-~]+$"


@dataclass(frozen=True, slots=True)
class Columns:
    """The choices of a round, sorted by applicant and position, as arrays; one entry a row unless said otherwise.

    `names` (one entry an applicant) and `schools` (one entry a program) are sorted. `starts` has the first row of
    each applicant and the number of rows. `scores` is -1 where there is none, an index into `levels` elsewhere.
    `seats` (one entry a program) is -1 for threshold-only. `why` are the texts of `reasons`, -1 for none.
    """

    seed: int
    names: list[str]
    schools: list[str]
    starts: Ints
    programs: Ints
    scores: Ints
    levels: list[int]
    seats: Ints
    why: Ints
    reasons: list[str]
    accepted: np.ndarray[Any, np.dtype[np.bool_]]
    declined: np.ndarray[Any, np.dtype[np.bool_]]
    luck: Ints

    @property
    def applicants(self) -> Ints:
        """The applicant of each row."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.starts))

    @property
    def competes(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether the row may propose: not declined, eligible, and with a score where one is needed."""
        scored = (self.scores >= 0) | (self.seats[self.programs] < 0)
        return ~self.declined & (self.why < 0) & scored


def is_plain(tables: Tables) -> bool:
    """Whether the round has strict orders and nothing that needs the general rules."""
    programs, choices = tables["programs"], tables["choices"]
    if any(tables[name].height for name in ("applicants", "groups", "reserves", "priorities", "lottery")):
        return False
    if choices["score"].dtype.is_float() or programs["better"].is_not_null().any():
        return False
    if programs["reserve_order"].is_not_null().any() or programs["ties"].is_not_null().any():
        return False
    return bool(programs["id"].str.contains(PLAIN).all()) and bool(choices["applicant"].str.contains(PLAIN).all())


def columns_of(tables: Tables) -> Columns:
    """The arrays of a plain round; Unusable naming the row that is wrong."""
    programs = tables["programs"].sort("id", maintain_order=True)
    schools = programs["id"].to_list()
    _refuse(programs["id"].is_duplicated(), "programs", programs["id"], "stands twice")
    _refuse((programs["seats"] < 0).fill_null(False), "programs", programs["id"], "has seats under 0")
    _refuse(_too_large(programs["seats"]), "programs", programs["id"], "has more seats than are carried exactly")
    choices = tables["choices"]
    if not _is_sorted(choices):
        choices = choices.sort(["applicant", "position"], maintain_order=True)
    _refuse(~choices["program"].is_in(schools), "choices", choices["program"], "is no program of the round")
    _refuse(_too_large(choices["score"]), "choices", choices["score"], "is too large to be carried exactly")
    codes = choices["program"].cast(pl.Enum(schools)).to_physical().cast(pl.Int64).to_numpy()
    names, starts = _runs(choices["applicant"])
    owners = np.repeat(np.arange(len(names)), np.diff(starts))
    again = (choices["applicant"] == choices["applicant"].shift(1)) & (
        choices["position"] == choices["position"].shift(1)
    )
    _refuse(again.fill_null(False), "choices", choices["applicant"], "has two choices at one position")
    twice = pl.Series(owners * max(len(schools), 1) + codes).is_duplicated()
    _refuse(twice, "choices", choices["applicant"], "names a program twice")
    accepted = choices["accepted"].fill_null(False).to_numpy()
    declined = choices["declined"].fill_null(False).to_numpy()
    _refuse(pl.Series(accepted & declined), "choices", choices["applicant"], "accepted and declined the same program")
    pinned = pl.Series(owners[accepted])
    _refuse(pinned.is_duplicated(), "choices", choices["applicant"].filter(accepted), "accepted two programs")
    levels, scores = _levels(choices["score"])
    reasons, why = _levels(choices["reason"])
    seats = programs["seats"].fill_null(-1).to_numpy()
    order = lottery_order(tables.seed, names)
    luck = len(names) - 1 - np.fromiter((order[name] for name in names), np.int64, len(names))
    return Columns(
        tables.seed, names, schools, starts, codes, scores, levels, seats, why, reasons, accepted, declined, luck
    )


def _is_sorted(choices: pl.DataFrame) -> bool:
    same = choices["applicant"] == choices["applicant"].shift(1)
    later = (choices["applicant"] > choices["applicant"].shift(1)) | (
        same & (choices["position"] >= choices["position"].shift(1))
    )
    return bool(later[1:].all())


def _too_large(values: pl.Series) -> pl.Series:
    return ((values > LARGEST) | (values < -LARGEST)).fill_null(False)


def _refuse(bad: pl.Series, table: str, values: pl.Series, what: str) -> None:
    if bad.any():
        raise Unusable(
            "round_unusable", "{table}: {values} {what}", table=table, values=values[bad.arg_max() or 0], what=what
        )


def _runs(values: pl.Series) -> tuple[list[str], Ints]:
    """The values of a sorted column, each once, and where each begins, with the length at the end."""
    if values.is_empty():
        return [], np.zeros(1, np.int64)
    first = (values != values.shift(1)).fill_null(True)
    starts = np.append(np.flatnonzero(first.to_numpy()), len(values)).astype(np.int64)
    return values.filter(first).to_list(), starts


def _levels(values: pl.Series) -> tuple[list[Any], Ints]:
    """The distinct values in order, and the index of each row's, -1 for none."""
    known = values.drop_nulls().unique().sort()
    rows = pl.DataFrame({"value": values}).join(
        pl.DataFrame({"value": known}).with_row_index("index"), on="value", how="left", maintain_order="left"
    )
    return known.to_list(), rows["index"].cast(pl.Int64).fill_null(-1).to_numpy()


@dataclass(frozen=True, slots=True)
class Settled:
    """The row that each applicant got (-1: none), and each program's cut-off as an index into `levels` (-1: none)."""

    rows: Ints
    cutoffs: Ints


def settle_columns(columns: Columns) -> Settled:
    """Deferred acceptance; accepted offers take their seats first and stand."""
    applicants, width = columns.applicants, max(len(columns.names), 1)
    pinned = np.full(len(columns.names), -1, np.int64)
    pinned[applicants[columns.accepted]] = np.flatnonzero(columns.accepted)
    taken = np.bincount(columns.programs[columns.accepted], minlength=len(columns.schools))
    seats = np.where(columns.seats < 0, len(columns.programs), np.maximum(columns.seats - taken, 0))
    proposing = columns.competes & (pinned[applicants] < 0)
    rows = np.flatnonzero(proposing)
    starts = np.append(0, np.cumsum(proposing))[columns.starts]
    keys = np.maximum(columns.scores[rows], 0) * width + columns.luck[applicants[rows]]
    people = np.empty(len(columns.names), np.int64)
    people[columns.luck] = np.arange(len(columns.names))
    got, lowest, refused = accept(starts, columns.programs[rows], keys, people, seats)
    shown = (refused > 0) & (columns.seats >= 0)
    cutoffs = np.where(shown & (lowest >= 0), lowest // width, -1)
    _lower_to_pinned(columns, shown, cutoffs)
    given = np.where(got < 0, pinned, rows[got] if len(rows) else -1)
    return Settled(given, cutoffs)


def _lower_to_pinned(columns: Columns, shown: np.ndarray[Any, np.dtype[np.bool_]], cutoffs: Ints) -> None:
    for row in np.flatnonzero(columns.accepted & (columns.scores >= 0) & shown[columns.programs]):
        program, score = columns.programs[row], columns.scores[row]
        cutoffs[program] = score if cutoffs[program] < 0 else min(cutoffs[program], score)


def cutoffs_of(columns: Columns, settled: Settled) -> Mapping[str, int | None]:
    """Program to cut-off."""
    return {
        school: columns.levels[level] if level >= 0 else None
        for school, level in zip(columns.schools, settled.cutoffs.tolist(), strict=True)
    }
