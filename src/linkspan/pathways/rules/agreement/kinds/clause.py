"""What a kind of clause is: typed terms, the rule that they stand for, words, an example and what cannot be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.typed import Graded, Part


class Setting(NamedTuple):
    """What a clause reads of the agreement around it: the names of the credential, and the school's country."""

    credentials: tuple[tuple[str, str], ...]
    country: str


class Named(NamedTuple):
    """Courses of an institution that a clause names."""

    institution: str
    courses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause(Part):
    """A kind of clause that a registrar writes without the rule language; one file holds all that is to be said of it.

    `tree` gives what every engine evaluates, so a kind adds no meaning of its own. `since` is the version of the format
    that brought it.
    """

    example: ClassVar[Mapping[str, Any]]
    since: ClassVar[int] = 1

    def tree(self, setting: Setting) -> Node:
        """The tree of the rule language that the terms stand for."""
        raise NotImplementedError

    def impossible(self) -> Iterator[str]:
        """Why nobody can ever meet the terms, in words: an error of the static check."""
        return iter(())

    def named(self) -> Named | None:
        """The courses that it names, which must be in the institution's catalogue."""
        return None


def equal(path: str, value: Any) -> Node:
    """The value at a path is this one."""
    return {"compare": [path, "==", value]}


def among(path: str, values: tuple[str, ...]) -> Node:
    """The value at a path is one of these."""
    return {"compare": [path, "in", list(values)]}


def at_least(path: str, value: Any, unit: str = "") -> Node:
    """The value at a path is this one or better."""
    need = value.as_json() if isinstance(value, Graded) else value
    node: Node = {"compare": [path, ">=", need]}
    return {**node, "unit": unit} if unit else node


def young(path: str, span: Mapping[str, int]) -> Node:
    """The date at a path is not longer ago than the span."""
    return {"age": [path, "<=", span]}


def every(*nodes: Node) -> Node:
    """All of them."""
    return nodes[0] if len(nodes) == 1 else {"all": list(nodes)}


def either(nodes: list[Node]) -> Node:
    """One of them."""
    return nodes[0] if len(nodes) == 1 else {"any": nodes}
