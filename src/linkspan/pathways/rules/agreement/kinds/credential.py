"""The sending program's credential, under any of its names, and its exam."""

from dataclasses import dataclass
from typing import ClassVar

from linkspan.pathways.rules.agreement.kinds.clause import Clause, Setting, at_least, either, equal, every
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import Flag, Grade
from linkspan.pathways.rules.language.typed import Graded, _, may


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential(Clause):
    """Holds the credential that the agreement is of."""

    min_exam: Graded | None = may(Grade(), _("Lowest grade in its exam"))
    proctored: bool | None = may(Flag(), _("The exam was proctored"))
    identity_verified: bool | None = may(Flag(), _("The identity was verified"))

    example: ClassVar = {"min_exam": {"scale": "percent", "value": 60}, "proctored": True, "identity_verified": True}

    def tree(self, setting: Setting) -> Node:
        """An active credential under one of its names, and an exam in it."""
        names = [every(equal("issuer", issuer), equal("program", program)) for issuer, program in setting.credentials]
        exam = [at_least("grade", self.min_exam)] if self.min_exam is not None else []
        flags = {"proctored": self.proctored, "identity_verified": self.identity_verified}
        exam += [equal(name, value) for name, value in flags.items() if value is not None]
        asked: list[Node] = [{"exists": "exams", "where": every(*exam)}] if exam else []
        return {"exists": "credentials", "where": every(either(names), equal("status", "active"), *asked)}
