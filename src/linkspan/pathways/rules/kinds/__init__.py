"""The kinds of clauses: each file of this folder is one, and is known by being here.

A requirement names exactly one kind. Schema, form, words, checks and the rule itself are read from its file.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from linkspan.pathways.rules.kinds.clause import Clause, Node, Setting
from linkspan.pathways.rules.shape import Record, Rule, Shape, Since, Text

__all__ = ["KINDS", "REQUIREMENT", "Clause", "clause_of", "rule_of", "setting_of"]


def _kind_in(name: str) -> type[Clause]:
    """The kind that a file holds."""
    module = import_module(f"{__name__}.{name}")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Clause) and value.__module__ == module.__name__
    )
    return found


KINDS: Mapping[str, type[Clause]] = {
    module.name: _kind_in(module.name) for module in iter_modules(__path__) if module.name != "clause"
}


def _shape(kind: type[Clause]) -> Shape:
    return Since(kind.since, kind.shape()) if kind.since > 1 else kind.shape()


#: The shape of a requirement: a clause, its text, and what it asks for.
REQUIREMENT = Record(
    needed={"clause": Text()},
    may={"text": Text(), "from": Text(), "note": Text()},
    one_of={"rule": Rule(), "unknown": Text(), **{name: _shape(kind) for name, kind in KINDS.items()}},
    open=True,
)


def clause_of(requirement: Mapping[str, Any]) -> Clause | None:
    """The typed clause of a checked requirement; None if it is a rule, or unknown."""
    name = next((name for name in KINDS if name in requirement), None)
    return KINDS[name].read(requirement[name]) if name is not None else None


def rule_of(requirement: Mapping[str, Any], setting: Setting) -> Node:
    """The tree of the rule language that a requirement stands for."""
    clause = clause_of(requirement)
    if clause is not None:
        return clause.tree(setting)
    rule: Node = requirement["rule"] if "rule" in requirement else {"unknown": requirement["unknown"]}
    return rule


def setting_of(agreement: Mapping[str, Any]) -> Setting:
    """What its clauses read of an agreement."""
    sending = agreement["sending"]
    school = str(sending["institution"])
    names = [(school, str(sending["program"]))]
    names += [(str(row.get("institution", school)), str(row["program"])) for row in sending.get("aliases") or ()]
    return Setting(tuple(names), str(agreement["receiving"].get("country", "US")))
