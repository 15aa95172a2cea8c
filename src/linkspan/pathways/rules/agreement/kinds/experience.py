"""Years of work."""

from dataclasses import dataclass
from typing import Any, ClassVar

from linkspan.pathways.rules.agreement.kinds.clause import Clause, Setting, at_least
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Amount
from linkspan.pathways.rules.language.typed import _, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience(Clause):
    """Has worked for so many years."""

    years: Any = needed(Amount(), _("Years of work"))

    example: ClassVar = {"years": 3}

    def tree(self, setting: Setting) -> Node:
        """The years on record are enough."""
        return at_least("experience_years", self.years, "years of work")
