"""A million learners under one agreement of six conditions, with reasons, against the reference interpreter.

Columns are in memory before the clock starts; what is timed is the outcome of every learner, the masks of the six
conditions, and which explanation each learner gets. The interpreter judges a sample of the same learners in the run,
and both must agree on it. Run: `python benchmarks/pathways_audit.py [learners]`.
"""

import sys
import time
from datetime import date

import numpy as np

from linkspan.pathways.engines.columns import Column, Table
from linkspan.pathways.engines.compiler import OUTCOMES, judge
from linkspan.pathways.engines.reasons import reasons
from linkspan.pathways.rules.language.evaluate import evaluate
from linkspan.pathways.rules.language.meaning import PRESENT, Reading

ON = date(2019, 6, 1)
LIMIT_SECONDS = 0.2
SAMPLE = 20_000
RULE = {
    "all": [
        {"compare": ["degree", ">=", "bachelor"]},
        {
            "any": [
                {"compare": ["native", "==", True]},
                {"compare": ["toefl", ">=", 100]},
            ]
        },
        {"compare": ["exam", ">=", {"scale": "percent", "value": 60}]},
        {"compare": ["bridge", ">=", {"scale": "letter", "value": "B"}]},
        {"age": ["awarded", "<=", {"years": 5}]},
    ]
}


def population(size: int) -> Table:
    """Invented learners, with gaps: about one value in ten is absent."""
    random = np.random.default_rng(20190601)
    days = [date.fromordinal(ON.toordinal() - number).isoformat() for number in range(0, 3000, 7)]
    letters = [{"scale": "letter", "value": value} for value in ("A", "A-", "B+", "B", "B-", "C", "F")]
    values = {
        "degree": ["associate", "bachelor", "master", "doctor"],
        "native": [True, False],
        "toefl": list(range(121)),
        "exam": [{"scale": "percent", "value": number} for number in range(101)],
        "bridge": letters,
        "awarded": days,
    }
    columns = {}
    for name, known in values.items():
        codes = random.integers(0, len(known), size, dtype=np.int32)
        codes[random.random(size) < 0.1] = len(known)
        columns[name] = Column([*known, None], codes)
    return Table(size, columns)


def rows(table: Table, size: int) -> list[dict]:
    """The first learners of a table as records."""
    return [
        {name: column.values[column.codes[number]] for name, column in table.columns.items()} for number in range(size)
    ]


def main() -> int:
    """Print the times and their ratio; exit 1 if the answers differ or the limit is passed."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    table = population(size)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        judged = judge(RULE, table, ON, Reading(PRESENT))
        told, which = reasons(RULE, judged)
        times.append(time.perf_counter() - start)
    sample = rows(table, min(SAMPLE, size))
    start = time.perf_counter()
    found = [evaluate(RULE, row, ON, Reading(PRESENT)).outcome for row in sample]
    each = (time.perf_counter() - start) / len(sample)
    same = all(OUTCOMES[judged.outcomes[number]] == outcome for number, outcome in enumerate(found))
    best, middle = min(times), sorted(times)[2]
    counts = {outcome.value: int((judged.outcomes == number).sum()) for number, outcome in enumerate(OUTCOMES)}
    print(f"{size:,} learners, 6 conditions: {counts}, {len(told)} distinct explanations for {len(which):,} learners")
    print(
        f"columns, outcomes with masks and reasons: best {best:.3f} s, median {middle:.3f} s (limit {LIMIT_SECONDS} s)"
    )
    print(f"reference interpreter: {each * size:.1f} s for as many (measured on {len(sample):,})")
    print(f"ratio {each * size / middle:,.0f} times; the same answers on the sample: {same}")
    return 0 if same and middle < LIMIT_SECONDS * size / 1_000_000 else 1


if __name__ == "__main__":
    sys.exit(main())
