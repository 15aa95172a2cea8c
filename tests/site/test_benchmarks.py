"""The benchmarks ask for names that there are; they are run by hand, so that nothing else would tell."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).resolve().parents[2] / "benchmarks").rglob("*.py"))


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_asks_for_what_there_is(benchmark: Path) -> None:
    asked = [node for node in ast.walk(ast.parse(benchmark.read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [(node.module, one.name) for node in asked if node.module and not node.level for one in node.names]
    missing = [f"{module}.{name}" for module, name in ours if module.startswith("linkspan") and not there(module, name)]
    assert missing == []


def there(module: str, name: str) -> bool:
    try:
        return hasattr(import_module(module), name) or bool(import_module(f"{module}.{name}"))
    except ModuleNotFoundError:
        return False
