"""The verdict: seven checks, each passed, failed, unknown or not applicable, and the one word that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PASSED, FAILED, UNKNOWN, NOT_APPLICABLE = "passed", "failed", "unknown", "not_applicable"
NAMES = ("signature", "data_loss", "issuer", "validity", "status", "schema", "holder")
VITAL = ("signature", "data_loss", "issuer")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `outcome` is passed, failed, unknown or not_applicable; `code` names the reason, `message` says it."""

    name: str
    outcome: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, `invalid` or `unknown`, with every check and what the credential says."""

    verdict: str
    checks: tuple[Check, ...]
    issuer: Mapping[str, Any]
    achievement: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan verify --json` prints."""
        return {
            "verdict": self.verdict,
            "checks": [
                {"name": c.name, "outcome": c.outcome, "code": c.code, "message": c.message} for c in self.checks
            ],
            "issuer": dict(self.issuer),
            "achievement": dict(self.achievement),
        }


def overall(checks: Sequence[Check]) -> str:
    """Invalid if any failed; valid if signature, data loss and issuer passed and nothing but schema is unknown."""
    outcome = {c.name: c.outcome for c in checks}
    if FAILED in outcome.values():
        return "invalid"
    vital = all(outcome[name] == PASSED for name in VITAL)
    open_ones = [name for name, value in outcome.items() if value == UNKNOWN and name != "schema"]
    return "valid" if vital and not open_ones else "unknown"


def worst(checks: Sequence[Check]) -> Check:
    """Of several answers to one question the one that counts: failed before unknown before passed."""
    order = (FAILED, UNKNOWN, PASSED, NOT_APPLICABLE)
    return min(checks, key=lambda check: order.index(check.outcome))
