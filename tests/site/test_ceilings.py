"""Modules stay under 400 lines, functions under 60, lines of pages under 160 characters.

No type is ignored, no address written, none held by a lock.
"""

import ast
from pathlib import Path

import pytest
from tests.web.written import IN_TEMPLATES, written

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(p for p in (ROOT / "src/linkspan/web/templates").rglob("*") if p.is_file())
MODULES = sorted(p for p in (ROOT / "src").rglob("*.py") if "migrations" not in p.parts)
SLOTS = {"rules", "events", "models", "engines", "queries", "actions", "tasks"}
DOORS = [p for p in MODULES if p.name == "__init__.py" and p.parent.name in SLOTS]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT / "src" / "linkspan")))
def test_ceilings(module: Path) -> None:
    source = module.read_text()
    assert source.count("\n") <= 400, "split the slot into a folder of the same name"
    assert "# type: " + "ignore" not in source, "say what the type is"
    tree = ast.parse(source)
    assert list(written(tree)) == [], "name the page (`reverse`, `done`); a domain says what it is About"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than 60 lines"


@pytest.mark.parametrize("door", DOORS, ids=lambda p: f"{p.parents[1].name}.{p.parent.name}")
def test_doors_hold_no_logic(door: Path) -> None:
    """A slot's `__init__` says what others may use, and holds nothing else."""
    first, *rest = ast.parse(door.read_text()).body
    assert isinstance(first, ast.Expr), "say in a sentence what the slot holds"
    kinds = {type(one).__name__ for one in rest if not (isinstance(one, ast.Assign) and _is_all(one))}
    assert kinds <= {"ImportFrom"}, "move it to a module of the slot"


def _is_all(one: ast.Assign) -> bool:
    return [target.id for target in one.targets if isinstance(target, ast.Name)] == ["__all__"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_templates_name_addresses(template: Path) -> None:
    assert IN_TEMPLATES.findall(template.read_text()) == [], "name the page: {% url 'money-pay' charge.id %}"


PAGES = [page for page in (ROOT / "src/linkspan").rglob("*.html") if not {"built", "served"} & set(page.parts)]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda p: p.name)
def test_lines_of_pages_can_be_read(page: Path) -> None:
    assert max(map(len, page.read_text().splitlines()), default=0) <= 160, "break it; texts take `blocktrans trimmed`"


@pytest.mark.parametrize("lock", ["package-lock.json", "requirements/base.txt", "requirements/dev.txt"])
def test_locks_hold_no_addresses(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()
