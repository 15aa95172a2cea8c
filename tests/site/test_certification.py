"""Each line of the certification lists names a test that there is, or says how it differs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "certification.md").read_text()
LINES = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line and "held by" not in line]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize("line", LINES)
def test_each_line_has_a_test_or_says_how_it_differs(line) -> None:
    *_, here, held, _ = line.split("|")
    assert re.fullmatch(r" `tests/[\w/]+\.py::\w+` ", held) or (held == " none " and here.startswith(" differs: "))


@pytest.mark.parametrize(("place", "name"), NAMED)
def test_each_test_that_is_named_exists(place, name) -> None:
    assert f"def {name}(" in (ROOT / place).read_text()
