"""Canonical forms by digitalbazaar's JSON-LD processor in node, many documents in one process."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.vc.hostile import hostile

from linkspan.vc import VcError
from linkspan.vc.jsonld import canonical

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "acceptance" / "node" / "canonize.mjs"


def installed() -> bool:
    return (ROOT / "node_modules" / "@digitalbazaar" / "vc").exists()


def answers(documents: list[dict[str, Any]], further: Path | None = None) -> list[dict[str, Any]]:
    """For each document `{"sha256"}` of its canonical form, or `{"error"}`; `further` is a file of contexts."""
    lines = "".join(json.dumps(document) + "\n" for document in documents)
    ran = subprocess.run(
        ["node", str(SCRIPT), *([str(further)] if further else [])],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def differences(seeds: range) -> tuple[int, list[tuple[int, str]]]:
    """How many hostile documents we accepted, and those of them that digitalbazaar refuses or reads otherwise."""
    documents = [hostile(seed) for seed in seeds]
    theirs = answers(documents)
    assert len(theirs) == len(documents)
    accepted, found = 0, []
    for seed, document, answer in zip(seeds, documents, theirs, strict=True):
        try:
            form = canonical(document)
        except VcError:
            continue
        accepted += 1
        if answer.get("sha256") != hashlib.sha256(form.encode()).hexdigest():
            found.append((seed, answer.get("error", "another form")))
    return accepted, found
