"""`python -m benchmarks.verify_batch [N]`: N badges (100,000) by `linkspan verify --batch FILE.jsonl --json`.

The limit is 20 s for 100,000 on two cores. Every badge has another holder, result and instant of signing; each is
judged wholly, with registry and status list, and printed. One in 1,000 is changed after it was signed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.vc.makers import DID, LIST_URL, NOW, SEED, status_list, unsigned

from linkspan.vc import sign

LIMIT_SECONDS, LIMIT_COUNT, FORGED_EVERY = 20, 100_000, 1_000


def main() -> int:
    """Exit 1 if the limit, scaled to N, is not kept, or a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=LIMIT_COUNT)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linkspan-verify-") as folder:
        return measure(Path(folder), arguments.count, arguments.workers)


def measure(folder: Path, count: int, workers: int) -> int:
    """Make, judge, compare."""
    (folder / "registry.json").write_text(json.dumps([{"did": DID, "name": "MITx"}]))
    (folder / "status.json").write_text(json.dumps({"lists": {LIST_URL: status_list()}}))
    with (folder / "badges.jsonl").open("w") as file:
        file.writelines(badge(number) + "\n" for number in range(count))
    command = [sys.executable, "-m", "linkspan.site.command", "verify", "--batch", str(folder / "badges.jsonl")]
    relied_on = ["--registry", str(folder / "registry.json"), "--status", str(folder / "status.json")]
    asked = ["--json", "--offline", "--at", "2018-07-15", "--workers", str(workers)]
    before, begun = used(), time.perf_counter()
    with (folder / "verdicts.jsonl").open("w") as out:
        done = subprocess.run([*command, *relied_on, *asked], stdout=out, check=False, env={**os.environ})
    wall, worked = time.perf_counter() - begun, used() - before
    with (folder / "verdicts.jsonl").open() as lines:
        counts = Counter(json.loads(line)["verdict"] for line in lines)
    forged = len(range(0, count, FORGED_EVERY))
    right = counts == Counter(valid=count - forged, invalid=forged) and done.returncode == 1
    limit = LIMIT_SECONDS * count / LIMIT_COUNT
    print(f"{count:,} badges, {workers} processes: {wall:.1f} s by the clock, {wall / limit:.2f} of {limit:.0f} s")
    print(f"    {worked:.1f} s of processor time, start included: {worked / count * 1e6:.0f} µs a badge")
    print(f"    verdicts: {'right' if right else f'WRONG {dict(counts)}'}")
    return 0 if right and wall <= limit else 1


def used() -> float:
    """Processor time of the processes that ended, in seconds."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def badge(number: int) -> str:
    """One signed badge as a line."""
    document = unsigned()
    document["id"] = f"urn:uuid:0190f2b4-0000-7000-8000-{number:012}"
    document["credentialSubject"]["identifier"][1]["identityHash"] = f"Sample Person {number}"
    document["credentialSubject"]["result"][0]["value"] = str(number % 100)
    signed = sign(document, SEED, created=NOW + timedelta(seconds=number))
    return json.dumps(signed | {"name": "Grander"} if number % FORGED_EVERY == 0 else signed)


if __name__ == "__main__":
    sys.exit(main())
