"""The check of a requirement tree before it is published: a tree that cannot be judged is refused by its path."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence

#: Letter grades from lowest to highest.
LETTERS = ("F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+")
DEEPEST, MOST, MOST_NODES = 10, 200, 500
KEY = re.compile(r"[^\s/\x00-\x1f\ud800-\udfff]{1,64}/[^\s/\x00-\x1f\ud800-\udfff]{1,64}")
CODE = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,128}")


def check_tree(tree: Any) -> None:
    """Unusable (`requirements_broken`), with the path and why, unless the tree asks for something that can be met."""
    _node(tree, "requirements", 0)
    if size_of(tree) > MOST_NODES:
        raise _broken("requirements", Sentence("too_many", "has more than {most} parts", most=MOST_NODES))


def size_of(tree: Mapping[str, Any]) -> int:
    """How many nodes a tree has."""
    return 1 + sum(size_of(child) for child in tree.get("all") or tree.get("of") or ())


def _node(node: Any, path: str, depth: int) -> None:
    if not isinstance(node, Mapping):
        raise _broken(path, Sentence("not_an_object", "is an object"))
    if depth > DEEPEST:
        raise _broken(path, Sentence("too_deep", "is nested more than {deepest} deep", deepest=DEEPEST))
    kinds = [kind for kind in NODES if kind in node]
    if len(kinds) != 1:
        raise _broken(path, Sentence("kind_unknown", "has exactly one of {kinds}", kinds=", ".join(NODES)))
    more, check = NODES[kinds[0]]
    strange = [name for name in node if name not in {kinds[0], *more}]
    if strange:
        raise _broken(f"{path}.{strange[0]}", Sentence("member_unknown", "is unknown beside {kind}", kind=kinds[0]))
    check(node, path, depth)
    for name in ("within_years", "valid_years"):
        if name in node:
            _whole(node[name], f"{path}.{name}", 1, 100)
    if "min_percent" in node:
        _percent(node["min_percent"], f"{path}.min_percent")
    if "min_letter" in node and node["min_letter"] not in list(LETTERS):
        raise _broken(
            f"{path}.min_letter", Sentence("letter_unknown", "is one of {letters}", letters=", ".join(LETTERS))
        )


def _all(node: Mapping[str, Any], path: str, depth: int) -> None:
    _children(node["all"], f"{path}.all", depth)


def _at_least(node: Mapping[str, Any], path: str, depth: int) -> None:
    count = _children(node.get("of"), f"{path}.of", depth)
    _whole(node["at_least"], f"{path}.at_least", 1, count)


def _children(nodes: Any, path: str, depth: int) -> int:
    if not isinstance(nodes, list | tuple) or not 0 < len(nodes) <= MOST:
        raise _broken(path, Sentence("not_a_list", "is a list of 1 to {most} parts", most=MOST))
    for place, child in enumerate(nodes):
        _node(child, f"{path}.{place}", depth + 1)
    return len(nodes)


def _named(kind: str, form: re.Pattern[str]) -> Callable[[Mapping[str, Any], str, int], None]:
    def check(node: Mapping[str, Any], path: str, _depth: int) -> None:
        if not isinstance(node[kind], str) or not form.fullmatch(node[kind]):
            raise _broken(f"{path}.{kind}", Sentence("key_unusable", "is the key of a {kind}", kind=Phrase(kind)))

    return check


def _whole(value: Any, path: str, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _broken(path, Sentence("not_whole", "is a whole number from {low} to {high}", low=low, high=high))


def _percent(value: Any, path: str) -> None:
    try:
        number = Decimal(value) if isinstance(value, int | str | Decimal) and str(value).isascii() else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= 100 or len(str(number)) > 12:
        raise _broken(path, Sentence("not_percent", "is a number from 0 to 100; with a point, as a text"))


def _broken(path: str, why: Sentence) -> Unusable:
    return Unusable("requirements_broken", "The requirements cannot be used: {path} {why}.", path=path, why=why)


#: Each kind of node: what may stand beside it, and its check.
NODES: Mapping[str, tuple[frozenset[str], Callable[[Mapping[str, Any], str, int], None]]] = {
    "all": (frozenset({"within_years"}), _all),
    "at_least": (frozenset({"of", "within_years"}), _at_least),
    "course": (frozenset({"min_percent", "min_letter", "valid_years"}), _named("course", KEY)),
    "exam": (frozenset({"min_percent", "min_letter", "valid_years"}), _named("exam", CODE)),
    "program": (frozenset({"valid_years"}), _named("program", KEY)),
}
