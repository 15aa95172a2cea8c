"""`python -m benchmarks.vc_fuzz [COUNT] [START]`: 10,000 hostile documents against pyoxigraph and digitalbazaar.

Prints how many documents we accepted, how many of those each peer refuses or reads otherwise, and exits 1 if any.
pyoxigraph's labels differ from the specification's where two blank graphs look alike: those are counted apart, if PyLD
or digitalbazaar agrees with us.
"""

import hashlib
import sys
from typing import Any

from tests.vc.digitalbazaar import answers, differences, installed
from tests.vc.hostile import hostile
from tests.vc.test_differential import by_pyld, by_pyoxigraph, ours

BATCH = 1_000


def agrees(form: str, document: dict[str, Any]) -> bool:
    """Whether digitalbazaar, if it is here, gives that form (PyLD itself does not escape some control characters)."""
    return installed() and answers([document]) == [{"sha256": hashlib.sha256(form.encode()).hexdigest()}]


def against_pyoxigraph(seeds: range) -> tuple[int, int, list[int]]:
    """Accepted; labelled otherwise by pyoxigraph alone; different."""
    accepted, outvoted, different = 0, 0, []
    for seed in seeds:
        document = hostile(seed)
        form = ours(document)
        if form is None:
            continue
        accepted += 1
        if form != by_pyoxigraph(document):
            if form == by_pyld(document) or agrees(form, document):
                outvoted += 1
            else:
                different.append(seed)
    return accepted, outvoted, different


def main(count: int, start: int) -> int:
    """Run both comparisons."""
    accepted, outvoted, different = against_pyoxigraph(range(start, start + count))
    print(f"pyoxigraph: {count} documents, {accepted} accepted, {len(different)} different {different[:9]}", end="")
    print(f"; {outvoted} labelled otherwise by pyoxigraph alone (another agrees with us)", flush=True)
    if not installed():
        print("digitalbazaar: not installed (npm ci)")
        return 1
    total, found = 0, []
    for first in range(start, start + count, BATCH):
        one, differing = differences(range(first, min(first + BATCH, start + count)))
        total, found = total + one, found + differing
        print(
            f"digitalbazaar: {min(first + BATCH - start, count)} documents, {total} accepted, {len(found)} different",
            flush=True,
        )
    for seed, reason in found[:20]:
        print(f"  {seed}: {reason}")
    return 1 if different or found else 0


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers + [10_000, 0][len(numbers) :])))
