"""`python -m benchmarks.vc_speed`: issue and verify one badge, against @digitalbazaar/vc in node, in the same run.

Both by CPU time on one core, best of five rounds, each with its key at hand. Our badges differ in holder, result,
identifier and, when verified, the second of signing, and are more than any cache of results holds: nothing but the form
is the same. Theirs is one badge. Exits 1 if we issue less than 20 times or verify less than 15 times as many, or if the
two do not sign byte for byte alike.
"""

import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.vc.makers import NOW, SEED, trust, unsigned

from linkspan.vc import keys, sign, verify
from linkspan.vc.proofs import check, signer_of

ROOT = Path(__file__).resolve().parents[1]
LATER = NOW + timedelta(days=1)
ROUNDS, COUNT, THEIR_COUNT = 5, 3_000, 100


def rate(work: Callable[[Any], object], documents: Sequence[Any]) -> float:
    """Documents a second of CPU time, best of the rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        before = time.process_time()
        for document in documents:
            work(document)
        best = max(best, len(documents) / (time.process_time() - before))
    return best


def peer(document: dict[str, Any]) -> dict[str, Any]:
    """The rates of @digitalbazaar/vc on the same badge and key."""
    key = keys.private_key_of(keys.ED25519, SEED)
    multibase = keys.multibase_of(key.public_key())
    secret = "z" + keys.base58_encode(keys.ED25519.secret_prefix + SEED)
    request = {
        "document": document,
        "secretKeyMultibase": secret,
        "publicKeyMultibase": multibase,
        "count": THEIR_COUNT,
    }
    script = str(ROOT / "benchmarks" / "vc_speed.mjs")
    ran = subprocess.run(
        ["node", script], input=json.dumps(request), capture_output=True, text=True, check=True, cwd=ROOT
    )
    rates: dict[str, Any] = json.loads(ran.stdout)
    return rates


def badges() -> list[dict[str, Any]]:
    """Badges of one program for as many holders."""
    found = []
    for number in range(COUNT):
        document = copy.deepcopy(unsigned())
        document["id"] = f"urn:uuid:0190f2b4-0000-7000-8000-{number:012}"
        document["credentialSubject"]["identifier"][1]["identityHash"] = f"Sample Person {number}"
        document["credentialSubject"]["result"][0]["value"] = str(number % 100)
        found.append(document)
    return found


def main() -> int:
    """Measure, print, judge."""
    documents = badges()
    relied_on = trust()
    signer = signer_of(SEED)
    theirs = peer(documents[0])
    alike = sign(documents[0], SEED, created=NOW)["proof"]["proofValue"] == theirs["proofValue"]
    signed = [sign(d, SEED, created=NOW + timedelta(seconds=n)) for n, d in enumerate(documents)]
    assert verify(signed[0], trust=relied_on, at=LATER).verdict == "valid"
    ours = {
        "issue": rate(lambda document: sign(document, signer, created=NOW), documents),
        "verify": rate(lambda document: check(document, document["proof"]), signed),
        "whole verdict": rate(lambda document: verify(document, trust=relied_on, at=LATER), signed),
        "issue, eddsa-jcs-2022": rate(
            lambda document: sign(document, signer, created=NOW, cryptosuite="eddsa-jcs-2022"), documents
        ),
    }
    print(f"{'':24}{'ours /s':>10}{'digitalbazaar /s':>18}{'ratio':>8}{'wanted':>8}")
    wanted = {"issue": 20, "verify": 15}
    for name, value in ours.items():
        other = theirs["verify" if name == "whole verdict" else "issue" if "," in name else name]
        print(f"{name:24}{value:10.0f}{other:18.0f}{value / other:8.1f}{wanted.get(name, ''):>8}")
    print(f"signed byte for byte alike: {'yes' if alike else 'NO'}")
    return 0 if alike and all(ours[name] >= times * theirs[name] for name, times in wanted.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
