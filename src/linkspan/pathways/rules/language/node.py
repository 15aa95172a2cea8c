"""A rule as it is written: a node of the language and what may stand in it. Its meaning: docs/formats/rules.md."""

from typing import Any, TypedDict

#: The one member whose name Python keeps for itself.
_Not = TypedDict("_Not", {"not": "Node"}, total=False)


class Node(_Not, total=False):
    """One node: its kind is the member that `kind_of` finds, and the others are what that kind needs."""

    all: list["Node"]
    any: list["Node"]
    at_least: int
    of: list["Node"]
    compare: list[Any]
    exists: str
    count: str
    sum: str
    mean: str
    age: list[Any]
    before: list[str]
    unknown: str | None
    where: "Node"
    op: str
    value: int | str | float
    scale: str
    by: str
    to: str
    clause: str
    text: str
    unit: str
