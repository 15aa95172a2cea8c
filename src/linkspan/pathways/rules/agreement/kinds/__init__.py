"""The kinds of clauses: each file of this folder is one, and is known by being here.

A requirement names exactly one kind. Schema, form, words, checks and the rule itself are read from its file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

from linkspan.pathways.rules.agreement.kinds.clause import Clause, Setting
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Record, Rule, Shape, Since, Text
from linkspan.pathways.rules.language.typed import ONE_OF, Part, _, may, needed

__all__ = ["KINDS", "Clause", "Requirement", "Setting"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Part):
    """A clause of an agreement, its text, and what it asks for: a kind of clause, a rule, or what is not public."""

    is_open: ClassVar = True
    clause: str = needed(Text(), _("Clause number"))
    text: str | None = may(Text(), _("In words, as readers see it"), widget="area")
    from_: str | None = may(Text())
    note: str | None = may(Text(), _("Note for readers"), widget="area")
    rule: Node | None = may(Rule(), _("Rule (JSON of the rule language)"), group=ONE_OF)
    unknown: str | None = may(Text(), _("What is not public, and why"), widget="area", group=ONE_OF)

    @classmethod
    @cache
    def shape(cls) -> Record:
        """The shape of the row, the kinds of clauses among what it may ask for."""
        own = super(Requirement, cls).shape()
        return replace(own, one_of={**own.one_of, **{name: _shape(kind) for name, kind in KINDS.items()}})

    @property
    def asks(self) -> Clause | None:
        """The typed clause; None if it is a rule, or unknown."""
        name = next((name for name in KINDS if name in self.others), None)
        return KINDS[name].read(self.others[name]) if name is not None else None

    def tree(self, setting: Setting) -> Node:
        """The tree of the rule language that it stands for."""
        clause = self.asks
        return clause.tree(setting) if clause is not None else self.node

    @property
    def node(self) -> Node:
        """Its rule, which every requirement in force has (`Agreement.in_force`); else what is not public of it."""
        return self.rule if self.rule is not None else {"unknown": self.unknown}
