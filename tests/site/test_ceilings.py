"""Modules stay under 400 lines and functions under 60; no type is ignored; locks hold no addresses."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p for p in (ROOT / "src").rglob("*.py") if "migrations" not in p.parts)


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT / "src" / "linkspan")))
def test_ceilings(module: Path) -> None:
    source = module.read_text()
    assert source.count("\n") <= 400, "split the slot into a folder of the same name"
    assert "# type: " + "ignore" not in source, "say what the type is"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than 60 lines"


@pytest.mark.parametrize("lock", ["package-lock.json", "requirements/base.txt", "requirements/dev.txt"])
def test_locks_hold_no_addresses(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()
