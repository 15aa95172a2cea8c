"""Scripts of a course that are written for Python 2, each with its line and what to write instead."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from linkspan.courseware.rules import Finding
from linkspan.kernel.bounded import COURSES

#: What Python 3 does not have any more, as a name and as a member, and what stands in its place.
NAMES = {
    "apply": "call the function",
    "basestring": "str",
    "cmp": "(a > b) - (a < b)",
    "execfile": "import",
    "file": "open",
    "long": "int",
    "raw_input": "input",
    "reduce": "functools.reduce",
    "unichr": "chr",
    "unicode": "str",
}
MEMBERS = {
    "has_key": "in",
    "iteritems": "items",
    "iterkeys": "keys",
    "itervalues": "values",
    "letters": "ascii_letters",
    "lowercase": "ascii_lowercase",
    "uppercase": "ascii_uppercase",
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script of a block, with the line of the file on which it begins."""

    block: str
    line: int
    code: str


def objections(scripts: Sequence[Script]) -> tuple[Finding, ...]:
    """What keeps scripts from running here, one finding for each script, with line and remedy."""
    return _objections(tuple(scripts)) if scripts else ()


@COURSES.bounded
def _objections(scripts: tuple[Script, ...]) -> tuple[Finding, ...]:
    found = ((script, next(_faults(script.code), None)) for script in scripts)
    return tuple(
        Finding(
            script.block,
            "problem",
            "python",
            f"{script.block}, line {script.line + fault[0] - 1}: this Python cannot run: {fault[1]}",
        )
        for script, fault in found
        if fault
    )


def _faults(code: str) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield error.lineno or 1, f"{error.msg}. Write it for Python 3."
        return
    except (ValueError, RecursionError, MemoryError) as error:
        yield 1, f"{error}. Write it simpler."
        return
    own = _named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in NAMES.keys() - own:
            yield node.lineno, f"Python 3 has no {node.id}. Write {NAMES[node.id]}."
        elif isinstance(node, ast.Attribute) and node.attr in MEMBERS and _of_python_2(node):
            yield node.lineno, f"Python 3 has no {node.attr}. Write {MEMBERS[node.attr]}."


def _named(tree: ast.AST) -> set[str]:
    """What the script itself gives a name to."""
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            named.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            named.add(node.name)
        elif isinstance(node, ast.alias):
            named.add(node.asname or node.name)
        elif isinstance(node, ast.arg):
            named.add(node.arg)
    return named


def _of_python_2(node: ast.Attribute) -> bool:
    """Members of `string` only there; methods of dictionaries anywhere."""
    if node.attr in ("letters", "lowercase", "uppercase"):
        return isinstance(node.value, ast.Name) and node.value.id == "string"
    return True
