"""No branch reads English: what an error says is for people; its type or its code decides."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
READS = {"startswith", "endswith", "find", "index", "count", "partition", "rpartition", "split", "removeprefix"}
SEARCHES = {"match", "fullmatch", "search", "findall"}


def read_words(source: str) -> list[str]:
    """The places where the words of an error are compared or searched, or a part of its code."""
    tree = ast.parse(source)
    caught = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    return [f"{node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if _reads(node, caught)]


def _reads(node: ast.AST, caught: set[str]) -> bool:
    if isinstance(node, ast.Compare):
        return any(_is_told(side, caught) for side in (node.left, *node.comparators)) or _asks_part_of_a_code(node)
    if isinstance(node, ast.Match):
        return _is_told(node.subject, caught)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in READS:
        return _is_told(node.func.value, caught) or _is_code(node.func.value)
    return node.func.attr in SEARCHES and any(_is_told(given, caught) for given in node.args)


def _asks_part_of_a_code(node: ast.Compare) -> bool:
    within = isinstance(node.ops[0], ast.In | ast.NotIn)
    return within and isinstance(node.left, ast.Constant) and _is_code(node.comparators[0])


def _is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "code"


def _is_told(node: ast.AST, caught: set[str]) -> bool:
    """Whether it is what an error says: its message, its arguments or its text, a part of one, or one in lower case."""
    told = [part for part in _within(node) if isinstance(part, ast.Attribute) and part.attr in ("message", "args")]
    names = {part.id for part in _within(node) if isinstance(part, ast.Name)}
    return bool(told) or bool(_texts(node) and names & caught)


def _texts(node: ast.AST) -> bool:
    calls = [part for part in _within(node) if isinstance(part, ast.Call)]
    return any(isinstance(call.func, ast.Name) and call.func.id in ("str", "repr") for call in calls)


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """The value and what it is a part of, or made from: `str(error).lower()[:9]`."""
    yield node
    if isinstance(node, ast.Call):
        yield from (part for inner in (node.func, *node.args) for part in _within(inner))
    elif isinstance(node, ast.Attribute | ast.Subscript):
        yield from _within(node.value)


def test_codes_decide() -> None:
    found = {str(path.relative_to(SOURCE)): read for path in MODULES if (read := read_words(path.read_text()))}
    assert found == {}, "ask the type of the error, or its whole code"


@pytest.mark.parametrize(
    "body",
    [
        'x = "not available here" in str(error)',
        'x = "locked" in str(error).lower()',
        'x = str(error) == "No."',
        'x = error.message != "No."',
        'x = error.args[0] in ("a", "b")',
        'x = error.message.startswith("No")',
        'x = re.search("No", str(error))',
        'x = error.code.endswith("_unknown")',
        'x = "_unknown" in error.code',
        'match error.message:\n        case "No.": pass',
    ],
)
def test_the_old_ways_are_found(body: str) -> None:
    assert len(read_words(f"try:\n    pass\nexcept ValueError as error:\n    {body}\n")) == 1


@pytest.mark.parametrize(
    "body", ['x = error.code == "a"', 'x = error.code in {"a"}', "x = str(error)", 'x = str(y) == "a"']
)
def test_codes_and_telling_are_free(body: str) -> None:
    assert read_words(f"try:\n    pass\nexcept ValueError as error:\n    {body}\n") == []
