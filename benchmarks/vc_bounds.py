"""`python -m benchmarks.vc_bounds`: documents made to take for ever, and how long they take; the limit is 2 seconds.

Each is the worst of its kind within a megabyte. Prints the seconds of CPU time and the reason of refusal, if any; exits
1 if one takes longer than the limit.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.vc.makers import unsigned

from linkspan.vc import VcError, contexts
from linkspan.vc.jsonld import canonical, parse
from linkspan.vc.rdfc import canonical_lines

LIMIT = 2.0


def clique(size: int) -> Callable[[], object]:
    """Unnamed things that all refer to each other."""
    quads = [(a, "<urn:p>", b, "") for a in range(size) for b in range(size) if a != b]
    return lambda: canonical_lines(quads)


def ring(size: int) -> Callable[[], object]:
    """Unnamed things in a ring."""
    return lambda: canonical_lines([(n, "<urn:p>", (n + 1) % size, "") for n in range(size)])


def with_evidence(evidence: list[Any]) -> Callable[[], object]:
    """A badge with that evidence, read from its text."""
    document = unsigned()
    document["evidence"] = evidence
    text = json.dumps(document)
    return lambda: canonical(parse(text))


def with_results(results: list[Any]) -> Callable[[], object]:
    """A badge with those descriptions of results, read from its text."""
    document = unsigned()
    document["credentialSubject"]["achievement"]["resultDescription"] = results
    text = json.dumps(document)
    return lambda: canonical(parse(text))


def alike(children: int) -> dict[str, Any]:
    """A thing with as many unnamed ones below it that look alike."""
    return {"type": "ResultDescription", "alignment": [{"type": "Alignment"} for _ in range(children)]}


ENDORSEMENT = {"@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES], "type": "VerifiableCredential"}
CASES: dict[str, Callable[[], object]] = {
    "clique of 10": clique(10),
    "clique of 60": clique(60),
    "clique of 300": clique(300),
    "ring of 100": ring(100),
    "ring of 20,000": ring(20_000),
    "two trees of 12 alike": with_results([alike(12), alike(12)]),
    "two trees of 2,000 alike": with_results([alike(2_000), alike(2_000)]),
    "2,000 trees of 2 alike": with_results([alike(2) for _ in range(1_600)]),
    "4,900 things alike": with_evidence([{"type": "Evidence"} for _ in range(4_900)]),
    "4,900 things": with_evidence([{"type": "Evidence", "name": str(n)} for n in range(4_900)]),
    "4,900 profiles": with_evidence([{"type": "Profile", "id": f"urn:{n}"} for n in range(4_900)]),
    "100,000 objects": with_evidence([{"name": ""} for _ in range(90_000)]),
    "190 endorsements": with_evidence([{**ENDORSEMENT, "name": str(n)} for n in range(190)]),
    "40,000 texts": with_evidence([{"name": [f"name {n}" for n in range(40_000)]}]),
    "900,000 letters": with_evidence([{"name": "\u0001" * 150_000}]),
}


def main() -> int:
    """Run each case once."""
    slow = 0
    for name, work in CASES.items():
        before, reason = time.process_time(), "accepted"
        try:
            work()
        except VcError as error:
            reason = error.code
        seconds = time.process_time() - before
        slow += seconds > LIMIT
        print(
            f"{name:28}{seconds:8.2f} s of {LIMIT:.0f}  {reason}{'  TOO SLOW' if seconds > LIMIT else ''}", flush=True
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
