"""A page, a screen or an operation reads through a query that takes an actor, or that says who may read without one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src" / "linkspan"
FACES = [path for face in ("web", "api", "screens") for path in sorted((SOURCES / face).rglob("*.py"))]
MARKS = {"public", "by_secret", "granted"}


def _open() -> dict[str, set[str]]:
    """The queries of each domain that ask for no actor and name no reader."""
    found: dict[str, set[str]] = {}
    for path in [*SOURCES.glob("*/queries/**/*.py"), *SOURCES.glob("*/queries.py")]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
                if "actor" not in arguments and not MARKS & {ast.unparse(mark) for mark in node.decorator_list}:
                    found.setdefault(path.relative_to(SOURCES).parts[0], set()).add(node.name)
    return found


OPEN = _open()


def read_by_nobody_named(source: str) -> list[str]:
    """The uses, in the source of a face, of queries that ask for no actor and name no reader."""
    tree = ast.parse(source)
    return [f"{line}: {name}" for line, domain, name in _uses(tree) if name in OPEN.get(domain, ())]


def _uses(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Each use of a domain's query: line, domain, name."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("linkspan."):
            continue
        _, domain, *rest = str(node.module).split(".")
        for alias in node.names:
            if rest[:1] == ["queries"]:
                yield node.lineno, domain, alias.name
            elif alias.name == "queries":
                modules[alias.asname or alias.name] = domain
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield node.lineno, modules[node.value.id], node.attr


@pytest.mark.parametrize("face", FACES, ids=lambda path: str(path.relative_to(SOURCES)))
def test_who_reads_is_asked_or_named(face: Path) -> None:
    assert read_by_nobody_named(face.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from linkspan.accounts.queries import can_sign_in",
        "from linkspan.accounts import queries\nqueries.can_sign_in()",
        "from linkspan.accounts import queries as accounts\naccounts.can_sign_in()",
    ],
)
def test_a_query_without_reader_is_found(source: str) -> None:
    assert [use.partition(": ")[2] for use in read_by_nobody_named(source)] == ["can_sign_in"]
