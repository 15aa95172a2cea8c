"""Modules stay under 400 lines, functions under 60, lines of pages under 160 characters.

No type is ignored, no address written, none held by a lock.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.written import IN_TEMPLATES, written

from linkspan.pathways import rules
from linkspan.pathways.rules import KINDS, Part

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


#: How often a slot says `Any` where others read it: only ever fewer. Screens have no slots.
ANY = {
    "accounts.actions": 5,
    "accounts.queries": 1,
    "accounts.rules": 9,
    "admissions.actions": 1,
    "admissions.queries": 1,
    "admissions.rules": 25,
    "catalog.actions": 4,
    "catalog.queries": 2,
    "catalog.rules": 17,
    "courseware.actions": 2,
    "courseware.rules": 13,
    "credentials.actions": 16,
    "credentials.queries": 9,
    "credentials.rules": 9,
    "exams.actions": 5,
    "exams.queries": 2,
    "exams.rules": 8,
    "finance.actions": 1,
    "finance.queries": 1,
    "finance.rules": 1,
    "institutions.queries": 5,
    "institutions.rules": 3,
    "outcomes.queries": 1,
    "pathways.actions": 13,
    "pathways.queries": 7,
    "pathways.rules": 93,
    "recognition.actions": 1,
    "recognition.queries": 2,
    "recognition.rules": 4,
    "records.actions": 1,
    "records.rules": 11,
    "screens": 4,
}
#: How often these files read a term of an agreement by its name in the document: only ever fewer, and elsewhere never.
#: What they read is written by hand and may be no agreement at all, is a table, or is read to be published.
TERMS_BY_NAME = {
    "cli/agreements.py": 3,
    "pathways/actions/envelopes.py": 4,
    "pathways/actions/exchange.py": 1,
    "pathways/queries/audits.py": 1,
    "pathways/queries/batch.py": 1,
    "pathways/queries/network.py": 1,
    "pathways/queries/steps.py": 4,
    "pathways/rules/agreement/checks/__init__.py": 1,
    "pathways/rules/agreement/checks/conditions.py": 2,
    "pathways/rules/agreement/checks/intervals.py": 4,
    "pathways/rules/agreement/checks/paths.py": 2,
    "pathways/rules/agreement/checks/unknowns.py": 1,
    "pathways/rules/agreement/ctdl.py": 1,
    "pathways/rules/agreement/formats.py": 1,
    "pathways/rules/agreement/shapes.py": 1,
    "pathways/rules/agreement/table.py": 8,
    "pathways/rules/agreement/words.py": 3,
    "pathways/rules/life/exchange.py": 5,
    "pathways/rules/life/versions.py": 6,
    "web/agreements/desk.py": 3,
    "web/agreements/fields.py": 4,
    "web/agreements/form.py": 1,
}
READERS = (
    "pathways/rules/agreement",
    "pathways/rules/life",
    "pathways/queries",
    "pathways/actions",
    "screens/draft",
    "web/agreements",
    "api/agreements",
    "cli/agreements",
)
PARTS = [part for part in (*vars(rules).values(), *KINDS.values()) if isinstance(part, type) and issubclass(part, Part)]
TERMS = frozenset(name for part in PARTS for name in part.terms())


def _public(body: list[ast.stmt]) -> Iterator[ast.expr | None]:
    """The types in the signatures of what a module offers: parameters, answers, and the parts of values."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = node.args
            stars = [one for one in (given.vararg, given.kwarg) if one]
            yield from (one.annotation for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *stars))
            yield node.returns
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node.body)
        elif isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_"):
            yield node.annotation


def _slot(module: Path) -> str:
    domain, *inner = module.relative_to(ROOT / "src/linkspan").with_suffix("").parts
    return domain if domain == "screens" else f"{domain}.{inner[0]}" if inner else ""


def test_any_only_becomes_rarer() -> None:
    found: Counter[str] = Counter()
    for module in MODULES:
        if (slot := _slot(module)) == "screens" or slot.endswith((".rules", ".queries", ".actions")):
            types = filter(None, _public(ast.parse(module.read_text()).body))
            found[slot] += sum(getattr(one, "id", "") == "Any" for kind in types for one in ast.walk(kind))
    grown = {slot: f"{found[slot]} > {ANY.get(slot, 0)}" for slot in found if found[slot] > ANY.get(slot, 0)}
    assert grown == {}, "say what the type is; where there are fewer now, write the lower number"


def _by_name(node: ast.AST) -> object:
    """The name by which a member of an object is read, or looked for; None for what is no such reading."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=name), ctx=ast.Load()):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=name), *_]):
            return name
        case ast.Compare(left=ast.Constant(value=name), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name()]):
            return name
    return None


def test_terms_are_read_as_attributes() -> None:
    """An agreement is read once, at the border, as `Agreement`; who reads it takes the value."""
    found: Counter[str] = Counter()
    for module in MODULES:
        name = str(module.relative_to(ROOT / "src/linkspan"))
        if name.startswith(READERS):
            found[name] += sum(_by_name(node) in TERMS for node in ast.walk(ast.parse(module.read_text())))
    grown = {name: count for name, count in found.items() if count > TERMS_BY_NAME.get(name, 0)}
    assert grown == {}, "take the typed value; where there are fewer now, write the lower number"
