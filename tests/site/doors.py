"""Who can do what: the doors of each action, read from the syntax trees of the source and the routes of its faces.

A door is a page, an operation of the API or a command from which a function of that face comes to the action. What is
called by other actions and jobs alone is a step of these. Sample worlds and tests are no doors.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from tests.cli.test_unusable import leaves_with

import linkspan
from linkspan.api.app import api
from linkspan.site.command import parser

SOURCE = Path(linkspan.__file__).parent
FACES = ("web", "api", "cli")
#: They act for a person who looks at the program, not for one who uses it.
SHOWN = ("linkspan.site.sample", "linkspan.site.journey", "linkspan.site.demo")
#: A definition: its module and name.
type Node = tuple[str, str]


@dataclass
class Module:
    """What a module imports by which name, and what each of its definitions names."""

    imports: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, ast.AST] = field(default_factory=dict)


@cache
def modules() -> Mapping[str, Module]:
    """Every module of the source."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts:
            name = ".".join(("linkspan", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
            found[name] = _module(ast.parse(path.read_text()))
    return found


def _module(tree: ast.Module) -> Module:
    module = Module()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.imports |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            module.imports |= {one.asname: one.name for one in node.names if one.asname}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            module.definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            module.definitions |= {one.id: node for one in targets if isinstance(one, ast.Name)}
    return module


def resolved(dotted: str) -> Node | None:
    """The definition that a dotted name leads to, through what packages take in from their modules."""
    module, _, name = dotted.rpartition(".")
    if module not in modules():
        return None
    if name in modules()[module].definitions:
        return module, name
    onward = modules()[module].imports.get(name)
    return resolved(onward) if onward and onward != dotted else None


@cache
def named_in(node: Node) -> frozenset[Node]:
    """The definitions that a definition names."""
    module = modules()[node[0]]
    found = set()
    for part in ast.walk(module.definitions[node[1]]):
        dotted = _dotted(part)
        if dotted:
            head, _, rest = dotted.partition(".")
            base = module.imports.get(head) or (f"{node[0]}.{head}" if head in module.definitions else "")
            found.add(resolved(f"{base}.{rest}" if rest else base))
    return frozenset(one for one in found if one is not None and one != node)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := _dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def reached(begin: Node, inside: Iterable[str]) -> set[Node]:
    """What a definition comes to while it stays inside of some packages, and the first step out of them."""
    packages, seen, waiting = tuple(inside), {begin}, [begin]
    while waiting:
        node = waiting.pop()
        if (node[0].startswith(packages) and not node[0].startswith(SHOWN)) or _is_act(node):
            fresh = named_in(node) - seen
            seen |= fresh
            waiting += fresh
    return seen


def _is_act(node: Node) -> bool:
    """Whether it belongs to an act that is looked at first: the door goes on to the action that does it."""
    return node[0].endswith(".actions.irreversible")


@cache
def actions() -> frozenset[Node]:
    """Every public action: what a domain's `actions` offers that takes an actor."""
    found = set()
    for domain in settings.DOMAINS:
        name = f"linkspan.{domain}.actions"
        if name in modules():
            offered = getattr(import_module(name), "__all__", None) or modules()[name].definitions
            found |= {resolved(f"{name}.{one}") for one in offered if not one.startswith("_")}
    return frozenset(one for one in found if one and _takes_actor(one))


def _takes_actor(node: Node) -> bool:
    shape = modules()[node[0]].definitions[node[1]]
    return isinstance(shape, ast.FunctionDef) and any(one.arg == "actor" for one in shape.args.kwonlyargs)


def entries(face: str) -> Iterator[tuple[str, Node]]:
    """The ways into a face by their names: pages, operations, commands; and classes that a framework calls."""
    if face == "web":
        yield from ((str(page.name), _of(page.callback)) for page in _pages(get_resolver()))
    elif face == "api":
        for _prefix, router in api._routers:
            for path in router.path_operations.values():
                yield from ((str(one.operation_id), _of(one.view_func)) for one in path.operations)
    else:
        yield from ((" ".join(words), _of(run)) for words, run in leaves_with(parser(), "run"))
    for name, module in modules().items():
        if name.startswith(f"linkspan.{face}."):
            classes = (one for one, node in module.definitions.items() if isinstance(node, ast.ClassDef))
            yield from ((f"{name}.{one}", (name, one)) for one in classes)


def _pages(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _pages(one)
        else:
            yield one


def _of(function: object) -> Node:
    return str(getattr(function, "__module__", "")), str(getattr(function, "__name__", ""))


@cache
def doors(face: str) -> Mapping[Node, tuple[str, ...]]:
    """The ways into a face that lead to each action."""
    inside = (f"linkspan.{face}.", "linkspan.site.") if face == "cli" else (f"linkspan.{face}.",)
    found: dict[Node, set[str]] = {}
    for name, node in entries(face):
        if node[0] in modules() and node[1] in modules()[node[0]].definitions:
            for action in reached(node, inside) & actions():
                found.setdefault(action, set()).add(name)
    return {action: tuple(sorted(names)) for action, names in found.items()}


@cache
def steps() -> Mapping[Node, tuple[str, ...]]:
    """Of which other actions and jobs an action is a step."""
    found: dict[Node, set[str]] = {}
    domains = tuple(f"linkspan.{domain}." for domain in settings.DOMAINS)
    for name, module in modules().items():
        if name.startswith(domains):
            for one in module.definitions:
                for action in named_in((name, one)) & actions():
                    found.setdefault(action, set()).add(f"{name.removeprefix('linkspan.')}.{one}")
    return {action: tuple(sorted(names)) for action, names in found.items()}


def is_operators(action: Node) -> bool:
    """Whether the predicate that permits an action, or one that it asks, names the role of operators."""
    first = _predicates(action)
    asked = first.union(*map(_predicates, first))
    return any("operator" in ast.dump(modules()[one[0]].definitions[one[1]]).lower() for one in asked)


def _predicates(node: Node) -> set[Node]:
    return {one for one in named_in(node) if one[1].startswith("may_")}


def short(action: Node) -> str:
    """An action as `domain.name`."""
    return f"{action[0].split('.')[1]}.{action[1]}"
