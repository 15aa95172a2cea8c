"""The eligibility audit of one record under one agreement version, on one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.pathways.rules.evaluate import Finding, Outcome, evaluate
from linkspan.pathways.rules.language import check_node, describe
from linkspan.pathways.rules.recognition import Recognised, RefusedCourse, recognise
from linkspan.pathways.rules.values import as_date

#: Stored with every audit; raised when the same inputs could give another result.
RULES_VERSION = "1"
USABLE = "active"
MANDATORY = ("id", "version", "status", "valid_from", "sending", "receiving", "requirements")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One clause: its text, what was found, and the alternatives that it leaves, in words."""

    clause: str
    text: str
    finding: Finding
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """One condition of the smallest set that would turn the answer to met."""

    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer, clause by clause. `outcome` is the conjunction of the requirements."""

    agreement_id: str
    version: int
    status: str
    outcome: Outcome
    requirements: tuple[Requirement, ...]
    missing: tuple[Missing, ...]
    recognised: tuple[Recognised, ...]
    refused: tuple[RefusedCourse, ...]
    tuition_waived: Money | None

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan audit --json` prints."""
        return {
            "agreement": self.agreement_id,
            "outcome": self.outcome.value,
            "version": self.version,
            "status": self.status,
            "requirements": [_requirement_json(requirement) for requirement in self.requirements],
            "missing": [{"clause": item.clause, "text": item.text} for item in self.missing],
            "recognised": [
                {"slot": row.slot, "course": row.course, "credits": _plain(row.credits), "clause": row.clause}
                for row in self.recognised
            ],
            "refused": [{"what": row.what, "reason": row.reason, "clause": row.clause} for row in self.refused],
            "tuition_waived": self.tuition_waived.as_json() if self.tuition_waived else None,
            "rules_version": RULES_VERSION,
        }


def _requirement_json(requirement: Requirement) -> dict[str, Any]:
    finding = requirement.finding
    return {
        "clause": requirement.clause,
        "text": requirement.text,
        "outcome": finding.outcome.value,
        "have": finding.have,
        "need": finding.need,
        "gap": str(finding.gap) if finding.gap is not None else None,
        "evidence": list(finding.evidence),
    }


def _plain(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else str(value)


def check_agreement_shape(agreement: Any) -> Mapping[str, Any]:
    """The agreement, if it is of the published format (docs/formats/agreement.md); Unusable, naming the place."""
    if not isinstance(agreement, dict):
        raise Unusable("agreement_unusable", "the agreement is not a JSON object")
    lacking = [name for name in MANDATORY if agreement.get(name) in (None, "")]
    if lacking:
        raise Unusable("agreement_unusable", f"the agreement lacks {', '.join(lacking)}")
    if as_date(agreement["valid_from"]) is None or (
        agreement.get("valid_to") and as_date(agreement["valid_to"]) is None
    ):
        raise Unusable("agreement_unusable", "valid_from and valid_to are ISO dates")
    for position, requirement in enumerate(_list(agreement, "requirements")):
        place = f"requirements[{position}]"
        if not isinstance(requirement, dict) or not requirement.get("clause") or "rule" not in requirement:
            raise Unusable("agreement_unusable", f"{place}: clause and rule are needed")
        check_node(requirement["rule"], f"{place}.rule")
    for name in ("recognition", "caps"):
        for position, row in enumerate(_list(agreement, name)):
            if not isinstance(row, dict) or not row.get("clause"):
                raise Unusable("agreement_unusable", f"{name}[{position}]: clause is needed")
    return agreement


def _list(agreement: Mapping[str, Any], name: str) -> list[Any]:
    value = agreement.get(name) or []
    if not isinstance(value, list):
        raise Unusable("agreement_unusable", f"{name} is a list")
    return value


def status_on(agreement: Mapping[str, Any], on: date) -> str:
    """The agreement's status on a day: its own while in force, `not_yet_in_force` or `no_longer_in_force` otherwise."""
    begins, ends = as_date(agreement["valid_from"]), as_date(agreement.get("valid_to"))
    if begins and on < begins:
        return "not_yet_in_force"
    if ends and on >= ends:
        return "no_longer_in_force"
    return str(agreement["status"])


def audit_record(record: Mapping[str, Any], agreement: Mapping[str, Any], on: date) -> Audit:
    """Judge a record under an agreement (`check_agreement_shape`) on a day.

    An agreement that is not active on the day gives not met with clause `status`, and recognises nothing.
    """
    status = status_on(agreement, on)
    requirements = [
        Requirement(
            str(row["clause"]),
            str(row.get("text", "")),
            evaluate(row["rule"], record, on),
            tuple(describe(child) for child in row["rule"].get("any", ())),
        )
        for row in agreement["requirements"]
    ]
    if status != USABLE:
        closed = Finding(Outcome.NOT_MET, have=status.replace("_", " "), need=USABLE)
        requirements.insert(0, Requirement("status", "The agreement is in force for new applicants", closed))
    recognised, refused = recognise(agreement, record, on) if status == USABLE else ((), ())
    return Audit(
        agreement_id=str(agreement["id"]),
        version=int(agreement["version"]),
        status=status,
        outcome=_conjunction(requirements),
        requirements=tuple(requirements),
        missing=_missing(requirements),
        recognised=recognised,
        refused=refused,
        tuition_waived=_waived(agreement, len(recognised)),
    )


def _conjunction(requirements: list[Requirement]) -> Outcome:
    outcomes = {requirement.finding.outcome for requirement in requirements}
    if Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.UNKNOWN if Outcome.UNKNOWN in outcomes else Outcome.MET


def _missing(requirements: list[Requirement]) -> tuple[Missing, ...]:
    """For each open clause its text; where a clause leaves a choice, the nearest alternative too."""
    found = []
    for requirement in requirements:
        finding = requirement.finding
        if finding.outcome == Outcome.MET:
            continue
        nearest = "; ".join(finding.missing)
        choice = len(requirement.alternatives) > 1 and nearest
        text = f"{requirement.text} (nearest: {nearest})" if choice else requirement.text or nearest
        found.append(Missing(requirement.clause, text))
    return tuple(found)


def _waived(agreement: Mapping[str, Any], courses: int) -> Money | None:
    price = (agreement.get("tuition") or {}).get("per_course")
    if not price:
        return None
    return Money(int(price["minor"]), str(price["currency"])) * courses
