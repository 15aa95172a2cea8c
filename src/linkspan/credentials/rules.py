"""Program completion over a requirement tree, and what may be done with credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor


class CredentialState(StrEnum):
    """Where an issued credential stands."""

    ACTIVE = "active"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Result:
    """A grade of record that counts: a course (`MITx/SC0x`) or an exam (`CFx`), in percent, and when it was reached."""

    key: str
    percent: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the requirement tree: what is needed, what the learner has, whether it is met."""

    key: str
    kind: str
    met: bool
    need_percent: Decimal | None
    have: Result | None

    def reason(self) -> str:
        """In words."""
        if self.have is None:
            return f"{self.key}: no grade on record yet"
        if not self.met:
            return f"{self.key}: {self.have.percent} %, {self.need_percent} % needed"
        return f"{self.key}: {self.have.percent} %"


@dataclass(frozen=True, slots=True)
class Completion:
    """Whether a program is complete, part by part."""

    complete: bool
    parts: tuple[Part, ...]

    @property
    def counted(self) -> tuple[Part, ...]:
        """The parts that are met."""
        return tuple(part for part in self.parts if part.met)

    @property
    def lacking(self) -> tuple[Part, ...]:
        """The parts that are not met."""
        return tuple(part for part in self.parts if not part.met)


def completion(tree: Mapping[str, Any], results: Iterable[Result]) -> Completion:
    """Judge a requirement tree (its form: catalog.rules.Program) on the best result under each key."""
    best: dict[str, Result] = {}
    for result in results:
        held = best.get(result.key)
        if held is None or result.percent > held.percent:
            best[result.key] = result
    parts: list[Part] = []
    complete = _judge(tree, best, parts)
    return Completion(complete, tuple(parts))


def _judge(node: Mapping[str, Any], best: Mapping[str, Result], parts: list[Part]) -> bool:
    if "all" in node:
        return all([_judge(child, best, parts) for child in node["all"]])
    if "at_least" in node:
        met = [_judge(child, best, parts) for child in node["of"]]
        return sum(met) >= int(node["at_least"])
    kind = next(k for k in ("course", "exam", "program") if k in node)
    need = Decimal(str(node["min_percent"])) if "min_percent" in node else None
    have = best.get(node[kind])
    met_here = have is not None and (need is None or have.percent >= need)
    parts.append(Part(node[kind], kind, met_here, need, have))
    return met_here


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential as pages and schools see it; `document` is the signed JSON."""

    id: UUID
    learner_id: UUID
    program_key: str
    program_title: str
    issuer: str
    holder_name: str
    state: CredentialState
    awarded_at: datetime
    document: Mapping[str, Any]
    revoked_reason: str


def may_issue(actor: Actor, institution: str) -> bool:
    """Program staff of the institution, and the system when a program is complete."""
    return actor.is_system or actor.has_role("program_staff", institution)


def may_revoke(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution."""
    return actor.has_role("program_staff", institution) or actor.has_role("registrar", institution)


def may_list_credentials(actor: Actor, learner_id: UUID) -> bool:
    """The learner, the system, auditors and program staff."""
    roles = {grant.role for grant in actor.grants}
    return actor.is_system or actor.is_person(learner_id) or bool(roles & {"auditor", "program_staff"})
