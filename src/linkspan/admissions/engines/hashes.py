"""The hashes of a round on columns: SHA-256 over the RFC 8785 JSON that the JSON form has, without building it.

Every name is plain (`columns.PLAIN`), numbers are whole and exact, so that each cell's JSON is made once and joined.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

import numpy as np

from linkspan.admissions.engines.acceptance import Ints
from linkspan.admissions.engines.columns import Columns, Settled
from linkspan.admissions.engines.explain import Sentences
from linkspan.admissions.rules.market import canonical_json

AT_ONCE = 20_000


def input_sha256(columns: Columns) -> str:
    """As `rules.market.input_digest` of the same round in its JSON form."""
    programs = canonical_json([{"id": s, "seats": None if n < 0 else int(n)} for s, n in _schools(columns)])
    tail = ["],", f'"programs":{programs},"seed":{columns.seed}}}']
    return _digest(_chained(['{"applicants":['], _joined(_applicants(columns)), tail))


def output_sha256(columns: Columns, settled: Settled, sentences: Sentences, cutoffs: Mapping[str, Any]) -> str:
    """As `rules.matching.match_round` hashes its result."""
    given = [columns.schools[columns.programs[row]] if row >= 0 else None for row in settled.rows.tolist()]
    assignment = (
        f'"{name}":' + (f'"{to}"' if to is not None else "null") for name, to in zip(columns.names, given, strict=True)
    )
    middle = ["},", f'"cutoffs":{canonical_json(dict(cutoffs))},', '"explanations":{']
    return _digest(
        _chained(['{"assignment":{'], _joined(assignment), middle, _joined(_explained(columns, sentences)), ["}}"])
    )


def _schools(columns: Columns) -> Iterator[tuple[str, int]]:
    return zip(columns.schools, columns.seats.tolist(), strict=True)


def _cells(texts: Sequence[str], which: Ints) -> list[str]:
    """The text of each row; the texts are shared, not copied."""
    table = np.array(texts, dtype=object)
    return table[which].tolist() if len(texts) else []


def _explained(columns: Columns, sentences: Sentences) -> Iterator[str]:
    texts = [
        f'{{"outcome":"{outcome}","program":"{program}","reason":{json.dumps(reason, ensure_ascii=False)}}}'
        for program, outcome, reason in zip(sentences.program, sentences.outcome, sentences.reason, strict=True)
    ]
    for name, cells in _by_applicant(columns, texts, sentences.which):
        yield f'"{name}":[{",".join(cells)}]'


def _by_applicant(columns: Columns, texts: Sequence[str], which: Ints) -> Iterator[tuple[str, list[str]]]:
    """Each applicant's name and cells, some thousands of applicants at a time so that memory stays flat."""
    starts = columns.starts
    for first in range(0, len(columns.names), AT_ONCE):
        last = min(first + AT_ONCE, len(columns.names))
        cells = _cells(texts, which[starts[first] : starts[last]])
        bounds = (starts[first : last + 1] - starts[first]).tolist()
        for name, begin, end in zip(columns.names[first:last], bounds, bounds[1:], strict=False):
            yield name, cells[begin:end]


def _applicants(columns: Columns) -> Iterator[str]:
    """Each applicant as JSON: the keys in order, those that say nothing left out, as `tables.round_of` does."""
    names = [f'"{school}"' for school in columns.schools]
    by_program = np.lexsort((columns.programs, columns.applicants))
    scores, scored = _pairs(columns, columns.scores, columns.levels, by_program)
    reasons = [f"[{json.dumps(text, ensure_ascii=False)}]" for text in columns.reasons]
    reasoned, why = _pairs(columns, columns.why, reasons, by_program)
    choices = _by_applicant(columns, names, columns.programs)
    parts = zip(
        choices,
        _by_applicant(columns, scores, scored),
        _by_applicant(columns, reasoned, why),
        _marked(columns, columns.accepted, names),
        _marked(columns, columns.declined, names),
        strict=True,
    )
    for (name, chosen), (_, score), (_, reason), accepted, declined in parts:
        keys = [f'"accepted":{accepted[0]}'] if accepted else []
        keys.append(f'"choices":[{",".join(chosen)}]')
        keys += [f'"declined":[{",".join(declined)}]'] if declined else []
        keys += [f'"eligible":{{{said}}}'] if (said := ",".join(filter(None, reason))) else []
        keys.append(f'"id":"{name}"')
        keys += [f'"scores":{{{said}}}'] if (said := ",".join(filter(None, score))) else []
        yield f"{{{','.join(keys)}}}"


def _pairs(columns: Columns, values: Ints, texts: Sequence[Any], order: Ints) -> tuple[list[str], Ints]:
    """The distinct `"program":value` texts (the first is empty, for no value), and each row's in that order of rows."""
    width = len(texts) + 1
    found, which = np.unique(columns.programs * width + values + 1, return_inverse=True)
    made = [
        f'"{columns.schools[program]}":{texts[value - 1]}' if value else ""
        for program, value in zip(*(part.tolist() for part in np.divmod(found, width)), strict=True)
    ]
    return made, which[order]


def _marked(columns: Columns, marks: Any, names: Sequence[str]) -> Iterator[list[str]]:
    """For each applicant the names of the marked programs; mostly none."""
    marked: dict[int, list[str]] = {}
    rows = np.flatnonzero(marks)
    for applicant, program in zip(columns.applicants[rows].tolist(), columns.programs[rows].tolist(), strict=True):
        marked.setdefault(applicant, []).append(names[program])
    nothing: list[str] = []
    return (marked.get(number, nothing) for number in range(len(columns.names)))


def _joined(texts: Iterable[str]) -> Iterator[str]:
    """The texts with commas between them, many at a time."""
    between = ""
    for some in batched(texts, AT_ONCE):
        yield between + ",".join(some)
        between = ","


def _chained(*parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        yield from part


def _digest(texts: Iterable[str]) -> str:
    made = hashlib.sha256()
    for text in texts:
        made.update(text.encode())
    return made.hexdigest()
