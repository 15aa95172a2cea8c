"""What became of each choice, for a round on columns: few distinct sentences, each made once by `rules.reasons`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from linkspan.admissions.engines.acceptance import Ints
from linkspan.admissions.engines.columns import Columns, Settled
from linkspan.admissions.rules import reasons as words

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Sentences:
    """`which` is, for each row, an index into the distinct sentences: `program`, `outcome` and `reason` of each."""

    which: Ints
    program: list[str]
    outcome: list[str]
    reason: list[str]


def explain(columns: Columns, settled: Settled) -> Sentences:
    """The same outcomes and words as `rules.matching`, row by row."""
    rows = np.arange(len(columns.programs))
    got = settled.rows[columns.applicants]
    pinned = np.zeros(len(columns.names), np.bool_)
    pinned[columns.applicants[columns.accepted]] = True
    pinned = pinned[columns.applicants]
    given = got == rows
    made = _Maker(columns)
    open_ = columns.competes & ~given
    made.add(given & pinned, [(words.ADMITTED, words.admitted(True))])
    made.add(given & ~pinned, [(words.ADMITTED, words.admitted(False))])
    made.add(columns.declined & ~given, [(words.DECLINED, words.DECLINED_PLACE)])
    refused = ~columns.declined & (columns.why >= 0) & ~given
    made.add(refused, [(words.INELIGIBLE, words.not_eligible(text)) for text in columns.reasons], columns.why)
    unscored = ~columns.declined & (columns.why < 0) & ~columns.competes & ~given
    made.add(unscored, [(words.INELIGIBLE, words.NO_SCORE)])
    to = np.where(got >= 0, columns.programs[got], 0) if len(rows) else rows
    after = open_ & (got >= 0) & ((got < rows) | pinned)
    made.add(after & pinned, [(words.NOT_NEEDED, words.not_needed(s, True)) for s in columns.schools], to)
    made.add(after & ~pinned, [(words.NOT_NEEDED, words.not_needed(s, False)) for s in columns.schools], to)
    made.add_below(open_ & ~after, settled.cutoffs)
    return made.sentences()


class _Maker:
    """Collects the sentences of disjoint sets of rows."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.which = np.zeros(len(columns.programs), np.int64)
        self.said: list[tuple[str, str, str]] = []

    def add(self, rows: Bools, texts: list[tuple[str, str]], index: Ints | None = None) -> None:
        """Rows that say `texts[index]`, or the only text there is."""
        chosen = np.flatnonzero(rows)
        about = index[chosen] if index is not None else np.zeros(len(chosen), np.int64)
        pairs, place = np.unique(self.columns.programs[chosen] * max(len(texts), 1) + about, return_inverse=True)
        self._say(chosen, place, ((p, texts[t]) for p, t in zip(*np.divmod(pairs, max(len(texts), 1)), strict=True)))

    def add_below(self, rows: Bools, cutoffs: Ints) -> None:
        """Rows that were refused for want of seats: the words depend on program and score."""
        columns = self.columns
        chosen = np.flatnonzero(rows)
        width = max(len(columns.levels), 1)
        pairs, place = np.unique(columns.programs[chosen] * width + columns.scores[chosen], return_inverse=True)
        known = [columns.levels[c] if c >= 0 else None for c in cutoffs.tolist()]
        texts = (
            (program, (words.BELOW, words.below(columns.levels[score], known[program])))
            for program, score in zip(*(part.tolist() for part in np.divmod(pairs, width)), strict=True)
        )
        self._say(chosen, place, texts)

    def _say(self, chosen: Ints, place: Ints, texts: Iterable[tuple[int, tuple[str, str]]]) -> None:
        self.which[chosen] = place + len(self.said)
        self.said += [(self.columns.schools[program], *text) for program, text in texts]

    def sentences(self) -> Sentences:
        """All that was said."""
        program, outcome, reason = zip(*self.said, strict=True) if self.said else ((), (), ())
        return Sentences(self.which, list(program), list(outcome), list(reason))


def explanations_frame(columns: Columns, sentences: Sentences) -> pl.DataFrame:
    """One row a choice: applicant, position from 1, program, outcome, reason."""
    starts = columns.starts
    position = np.arange(len(columns.programs)) - starts[:-1][columns.applicants] + 1
    return pl.DataFrame(
        {
            "applicant": pl.Series(columns.names, dtype=pl.String).gather(columns.applicants),
            "position": position,
            **{
                name: pl.Series(getattr(sentences, name), dtype=pl.String).gather(sentences.which)
                for name in ("program", "outcome", "reason")
            },
        }
    )
