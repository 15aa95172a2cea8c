"""Answers as rows of the store: as the bytes of PostgreSQL's binary COPY, or as tuples."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

#: The columns of a row, in order, with the type of each as PostgreSQL sends it (big-endian).
COLUMNS = (
    ("run_id", ">i4"),
    ("learner_id", "16u1"),
    ("pathway", ">i2"),
    ("version", ">i2"),
    ("outcome", ">i2"),
    ("open", "u1"),
    ("true", ">i8"),
    ("known", ">i8"),
    ("credits", ">i4"),
    ("courses", ">i2"),
)
HEADER, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
SAME = ("version", "outcome", "open", "true", "known", "credits", "courses")


def as_copy(run_id: int, learners: Sequence[UUID], found: NDArray[Any]) -> bytes:
    """The rows of a slice in the format of `COPY ... (FORMAT BINARY)` (PostgreSQL's manual, COPY, file formats)."""
    fields: list[Any] = [("fields", ">i2")]
    for name, kind in COLUMNS:
        fields += [(f"{name} length", ">i4"), (name, "u1", 16) if kind == "16u1" else (name, kind)]
    rows = np.zeros(found.T.shape, np.dtype(fields))
    rows["fields"] = len(COLUMNS)
    for name, _ in COLUMNS:
        rows[f"{name} length"] = rows[name].nbytes // rows.size
    ids = np.frombuffer(b"".join(one.bytes for one in learners), np.uint8).reshape(-1, 16)
    rows["run_id"], rows["learner_id"] = run_id, ids[:, None, :]
    rows["pathway"] = np.arange(len(found))
    for name in SAME:
        value = found[name].T
        rows[name] = value.view(np.int64) if name in ("true", "known") else value
    return HEADER + rows.tobytes() + TRAILER


def as_tuples(run_id: int, learners: Sequence[UUID], found: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    """The same rows as plain values, learner by learner."""
    columns = [found[name].view(np.int64) if name in ("true", "known") else found[name] for name in SAME]
    for position, learner in enumerate(learners):
        for number in range(len(found)):
            yield (run_id, learner, number, *(column[number, position].item() for column in columns))
