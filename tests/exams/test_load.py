"""Learners who answer over real HTTP while a web process, the worker and the database are killed lose no answer."""

import subprocess
import sys

import pytest
from tests.site.running import ROOT
from tests.site.test_deploy import needs_nginx


@needs_nginx
@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_kills_lose_no_answer_and_double_none() -> None:
    command = [sys.executable, "-m", "benchmarks.exam_load", "--learners", "40", "--minutes", "1", "--only", "kills"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "80 answers made, 0 lost, 0 doubled" in ran.stdout
