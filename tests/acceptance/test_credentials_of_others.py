"""Credentials that others issued get the verdict that each deserves, by the command, where the samples are at hand."""

import json
from pathlib import Path

import pytest

from linkspan.site.command import main

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "credentials"
pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(not CASES.is_dir(), reason="the samples are not at hand")]
EXPECTED = json.loads((CASES / "verdicts.json").read_text()) if CASES.is_dir() else {}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_verdict(name, capsys) -> None:
    status = main(["verify", str(CASES / name), "--json", "--offline", "--registry", str(CASES / "registry.json")])
    out = capsys.readouterr().out
    verdict = json.loads(out)["verdict"] if status < 2 else "unreadable"
    assert verdict in EXPECTED[name]["verdict"], EXPECTED[name]["why"]
    assert status == {"valid": 0, "invalid": 1, "unknown": 1, "unreadable": 2}[verdict]
