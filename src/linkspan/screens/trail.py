"""One entry of the audit trail: what it changed, what else was done to the same thing, and what can be judged again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from linkspan.admissions.queries import application
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.audit import WholeEntry
from linkspan.kernel.errors import permit

APPLICATIONS = frozenset({"admissions.application", "recognition.application", "recognition.plan"})
ROUNDS = frozenset({"admissions.intake", "admissions.round"})


@dataclass(frozen=True, slots=True)
class EntryScreen:
    """An entry for an auditor: `audits` are stored judgements behind it, `round_id` a round that can be matched again.

    `application_id` is the application whose case can be exported.
    """

    whole: WholeEntry
    audits: tuple[UUID, ...]
    round_id: UUID | None
    application_id: UUID | None


def trail_entry(actor: Actor, position: int) -> EntryScreen:
    """An entry of the trail by its position, for auditors; NotFound if there is none."""
    permit(actor.has_role("auditor"), "read the audit trail")
    whole = audit.whole_entry(position)
    kind, _, key = whole.entry.subject.partition(":")
    thing = _id(key)
    about = thing if kind in APPLICATIONS else None
    named = (_id(change.get("audit")) for change in (whole.entry.after, whole.entry.before) if isinstance(change, dict))
    audits = dict.fromkeys(one for one in named if one)
    if about is not None:
        audits[application(actor, about).audit_id] = None
    matched = kind in ROUNDS and isinstance(whole.entry.after, dict) and "run" in whole.entry.after
    return EntryScreen(whole, tuple(audits), thing if matched else None, about)


def _id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
