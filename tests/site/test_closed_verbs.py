"""No page reads what it shall do as free text: the field `do`, and whatever else chooses, come from a closed set."""

import ast
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src" / "linkspan" / "web"
PAGES = sorted(path for path in WEB.rglob("*.py") if path != WEB / "pages.py")
FREE = {"POST.get", "POST.getlist", "text"}


def free_choices(source: str) -> list[str]:
    """The places where posted text is compared with words, looked up by, or taken for yes."""
    tree = ast.parse(source)
    found = [f"{n.lineno}: the field do" for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == "do"]
    for scope in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        posted = {name for node in ast.walk(scope) for name in _bound(node)}
        found += [f"{node.lineno}: {scope.name}" for node in ast.walk(scope) if _chooses(node, posted)]
    return found


def _bound(node: ast.AST) -> list[str]:
    """The names that hold posted text after an assignment."""
    if not isinstance(node, ast.Assign):
        return []
    target, value = node.targets[0], node.value
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=True))
    return [name.id for name, given in pairs if isinstance(name, ast.Name) and _is_free(given, set())]


def _is_free(node: ast.AST, posted: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in posted
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value).endswith(".POST")
    return isinstance(node, ast.Call) and any(ast.unparse(node.func).endswith(name) for name in FREE)


def _chooses(node: ast.AST, posted: set[str]) -> bool:
    if isinstance(node, ast.Compare):
        words = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value]
        words = [n for n in words if not any(n in ast.walk(c) for c in ast.walk(node) if isinstance(c, ast.Call))]
        return bool(words) and any(_is_free(side, posted) for side in (node.left, *node.comparators))
    if isinstance(node, ast.Match):
        return _is_free(node.subject, posted)
    if isinstance(node, ast.Subscript):
        return _is_free(node.slice, posted)
    if isinstance(node, ast.Call) and node.args and _is_free(node.args[0], posted):
        return ast.unparse(node.func) == "bool" or ast.unparse(node.func).endswith(".get")
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_page_chooses_from_a_closed_set(page: Path) -> None:
    assert free_choices(page.read_text()) == []


@pytest.mark.parametrize(
    "body",
    [
        'x = text(request, "do")',
        'x = request.POST.get("do")',
        'x = text(request, "kind") == "degree"',
        'x = "degree" == text(request, "kind", 40)',
        'x = text(request, "kind") in ("a", "b")',
        'kind = text(request, "kind")\n    x = kind != "b"',
        'kind, other = text(request, "kind"), 1\n    x = kind != "b"',
        'x = request.POST["kind"] == "b"',
        'x = bool(request.POST.get("sure"))',
        'x = VERBS.get(text(request, "kind"))',
        'x = VERBS[text(request, "kind")]',
        'match text(request, "kind"):\n        case "a": pass',
    ],
)
def test_the_old_ways_are_found(body: str) -> None:
    assert free_choices(f"def view(request):\n    {body}\n")


def test_reading_a_text_is_no_choice() -> None:
    assert (
        free_choices('def view(request):\n    code = text(request, "code")\n    if code == "":\n        pass\n') == []
    )
