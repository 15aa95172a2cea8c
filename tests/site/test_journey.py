"""The whole story by the command line, and its contract: one JSON object a step, files that verify, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def linkspan(*words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "linkspan.site.command", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=280)


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    out = tmp_path_factory.mktemp("journey")
    ran = linkspan("journey", "--json", "--out", str(out))
    assert ran.returncode == 0, ran.stderr[-2000:]
    return out, [json.loads(line) for line in ran.stdout.splitlines()]


def facts(played, number: int) -> dict:
    return played[1][number - 1]["facts"]


def test_every_step_is_one_line(played) -> None:
    assert [row["step"] for row in played[1]] == [1, 2, 3, 4, 5, 6, 7]


def test_the_numbers_of_the_story(played) -> None:
    assert facts(played, 1)["ledger_balanced"] is True
    assert facts(played, 6)["tuition_waived"] == {"minor": 1080000, "currency": "USD"}
    assert (facts(played, 6)["courses_waived"], facts(played, 6)["courses_left"]) == (4, 8)
    counted = facts(played, 7)
    assert [counted[name] for name in ("completers", "admissible", "admitted", "without_seat")] == [2000, 1000, 40, 960]
    assert counted["learner_in_without_seat"] and counted["offered_elsewhere"] == 960


def test_data_science_is_in_qualification_on_the_default_day(played) -> None:
    rows = {row["agreement"]: row for row in facts(played, 4)["pathways"]}
    science = rows["hes-data-science-from-mitx-sds"]
    assert (science["status"], science["outcome"], science["recognised_courses"]) == ("in_qualification", "not_met", 0)
    management = rows["hes-management-from-mitx-scm"]
    assert management["recognised_courses"] == 4
    assert [item["clause"] for item in management["missing"]] == ["3"]


def test_its_files_verify_offline(played) -> None:
    out = played[0]
    relied_on = ["--registry", str(out / "registry.json"), "--status", str(out / "status.json"), "--offline"]
    ran = linkspan("verify", str(out / "credential.json"), *relied_on, "--json")
    assert (ran.returncode, json.loads(ran.stdout)["verdict"]) == (0, facts(played, 3)["verdict"])
    assert (out / "certificate.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((out / "degree-plan.json").read_text())["places"]


@pytest.mark.drill
def test_data_science_later(tmp_path) -> None:
    ran = linkspan("journey", "--json", "--on", "2026-11-23", "--out", str(tmp_path))
    assert ran.returncode == 0, ran.stderr[-2000:]
    rows = {row["agreement"]: row for row in json.loads(ran.stdout.splitlines()[3])["facts"]["pathways"]}
    science = rows["hes-data-science-from-mitx-sds"]
    assert (science["version"], science["status"], science["recognised_courses"]) == (2, "active", 3)


def test_an_unusable_date() -> None:
    ran = linkspan("journey", "--on", "tomorrow")
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
