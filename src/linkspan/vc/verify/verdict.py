"""The verdict: eight checks, each passed, failed, unknown or not applicable, and the one word that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkspan.vc.said import Said
from linkspan.vc.verify.displayed import displayed_of

PASSED, FAILED, UNKNOWN, NOT_APPLICABLE = "passed", "failed", "unknown", "not_applicable"
NAMES = ("signature", "data_loss", "issuer", "validity", "status", "schema", "holder", "data_model")
VITAL = ("data_model", "signature", "data_loss", "issuer")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `outcome` is passed, failed, unknown or not_applicable; `code` names the reason, `message` says it."""

    name: str
    outcome: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader should know and the verdict does not hang on: a `code`, and the `message` that says it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, `invalid` or `unknown`, with every check and what the credential says.

    `achievements` are all of them, `achievement` the first. `credentials` are the verdicts about what is held inside:
    the members of a presentation of several, and those of a learner record; `endorsements` about those of it.
    """

    verdict: str
    checks: tuple[Check, ...]
    issuer: Mapping[str, Any]
    achievement: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    achievements: tuple[Mapping[str, Any], ...] = ()
    credentials: tuple["Verdict", ...] = ()
    endorsements: tuple["Verdict", ...] = ()
    #: What the credentials state, as far as it is looked at.
    stated: tuple[Mapping[str, Any], ...] = ()

    @property
    def displayed(self) -> tuple[Mapping[str, Any], ...]:
        """What displayers show of each achievement, for pages: as it says itself, whether it is true or not."""
        return tuple(one for credential in self.stated for one in displayed_of(credential))

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan verify --json` prints; what there is none of is not in it."""
        told: dict[str, Any] = {
            "verdict": self.verdict,
            "checks": [
                {"name": c.name, "outcome": c.outcome, "code": c.code, "message": c.message} for c in self.checks
            ],
            "issuer": dict(self.issuer),
            "achievement": dict(self.achievement),
        }
        more = {
            "achievements": [dict(one) for one in self.achievements] if len(self.achievements) > 1 else [],
            "notes": [{"code": note.code, "message": note.message} for note in self.notes],
            "credentials": [one.as_json() for one in self.credentials],
            "endorsements": [one.as_json() for one in self.endorsements],
        }
        return told | {name: value for name, value in more.items() if value}


def more_held(most: int) -> Note:
    """Says that there is more than is looked at: nobody should take what is shown for all."""
    told = Said("It holds more than is looked at here: the first {most} of a kind are shown and judged.", most=most)
    return Note("more_held", told)


def overall(checks: Sequence[Check]) -> str:
    """Invalid if any failed; valid if the vital ones passed and nothing but schema is unknown."""
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
