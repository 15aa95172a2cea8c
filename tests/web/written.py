"""Where an address of a page is written by hand instead of named."""

import ast
import re
from collections.abc import Iterator

from linkspan.web.urls import urlpatterns

#: An attribute whose value begins at the root of the site, or at the root of the site by its full address.
IN_TEMPLATES = re.compile(r'[\w-]+="(?:\{\{ *base *\}\})?/')


def _address(node: ast.expr) -> str:
    """What a literal begins with, with an x for each value in it; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return ""


def written(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals that lead to a page of the site; a comparison leads nowhere."""
    if isinstance(tree, ast.Compare):
        return
    if isinstance(tree, ast.Constant | ast.JoinedStr):
        path = re.split(r"[?#]", _address(tree))[0]
        if len(path) > 1 and path.startswith("/") and any(route.fullmatch(path[1:]) for route in ROUTES):
            yield tree.lineno, path
        return
    for child in ast.iter_child_nodes(tree):
        yield from written(child)


ROUTES = [re.compile(re.sub(r"<\w+:\w+>", "[^/]+", re.sub(r"\.(?=\w)", r"\\.", str(p.pattern)))) for p in urlpatterns]
