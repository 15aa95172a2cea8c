"""The life of an agreement version: its states, who moves it, and what both parties' approval means.

The shape follows Erasmus Without Paper's inter-institutional agreements (IIA 7): a content hash, an approval by each
party over that hash, a snapshot of what was approved, and an end that keeps what was begun.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.pathways.rules.agreement.document import Agreement
from linkspan.pathways.rules.agreement.shapes import AGREEMENT
from linkspan.pathways.rules.language.shape import Record, bare, is_rows


class Status(StrEnum):
    """Where a version stands; only an active one admits new applicants."""

    DRAFT = "draft"
    IN_QUALIFICATION = "in_qualification"
    PARTNER_REVIEW = "partner_review"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    RETIRED = "retired"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class DraftAct(StrEnum):
    """What is done with a draft; all but dropping save it first."""

    SAVE = "save"
    IMPACT = "impact"
    ANNOUNCE = "announce"
    SEND = "send"
    DROP = "drop"


MOVES: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.IN_QUALIFICATION, Status.PARTNER_REVIEW, Status.REJECTED, Status.SUPERSEDED}),
    Status.IN_QUALIFICATION: frozenset({Status.PARTNER_REVIEW, Status.REJECTED, Status.SUPERSEDED}),
    Status.PARTNER_REVIEW: frozenset({Status.APPROVED, Status.REJECTED, Status.SUPERSEDED}),
    Status.APPROVED: frozenset({Status.ACTIVE, Status.PARTNER_REVIEW, Status.REJECTED, Status.SUPERSEDED}),
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.CLOSED, Status.SUPERSEDED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.CLOSED, Status.SUPERSEDED}),
    Status.CLOSED: frozenset({Status.RETIRED}),
    Status.SUPERSEDED: frozenset({Status.RETIRED}),
    Status.RETIRED: frozenset(),
    Status.REJECTED: frozenset(),
}
#: Moves that follow from something else (an approval given or taken back, a later version), never from being asked for.
FOLLOWING = frozenset({Status.APPROVED, Status.SUPERSEDED})
#: A version whose terms the other party may still refuse: nobody relies on it yet.
OPEN = frozenset({Status.DRAFT, Status.IN_QUALIFICATION, Status.PARTNER_REVIEW, Status.APPROVED})
APPROVERS = ("registrar", "dean")


@dataclass(frozen=True, slots=True)
class Move:
    """One move: recorded at an instant, valid from a day; `until` ends a teach-out."""

    status: Status
    actor: str
    reason: str
    at: datetime
    effective: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A party's approval of a version's terms, over their hash."""

    party: str
    institution: str
    sha256: str
    person_id: UUID | None
    actor: str
    role: str
    at: datetime


def terms_sha256(document: Mapping[str, Any]) -> str:
    """The content hash: SHA-256 over RFC 8785 JSON of the document without its status, which is not a term."""
    terms = {name: value for name, value in document.items() if name != "status"}
    return hashlib.sha256(rfc8785.dumps(terms)).hexdigest()


def check_canonical(document: Mapping[str, Any]) -> None:
    """Unusable if the document has no RFC 8785 form (numbers past 2^53, half characters) or a null character."""
    try:
        text = rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise Unusable("document_unusable", "The document has no exact form: {error}", error=error) from error
    if b"\\u0000" in text:
        raise Unusable("document_unusable", "The document holds a null character.")


#: What the format has as an object, and as a list of objects, at the top of an agreement.
OBJECTS = tuple(name for name, shape in AGREEMENT.known().items() if isinstance(bare(shape), Record))
ROWS = tuple(name for name, shape in AGREEMENT.known().items() if is_rows(shape))


def check_outline(document: Mapping[str, Any]) -> None:
    """Unusable unless a draft, however unfinished, has objects and lists of objects where the format has them."""
    wrong = [name for name in OBJECTS if not isinstance(document.get(name) or {}, Mapping)]
    held = [(name, document.get(name)) for name in ROWS]
    for name in set(OBJECTS) - set(wrong):
        inner, value = bare(AGREEMENT.known()[name]), document.get(name) or {}
        known = inner.known() if isinstance(inner, Record) else {}
        held += [(f"{name}.{one}", value.get(one)) for one, shape in known.items() if is_rows(shape)]
    for name, rows in held:
        if not isinstance(rows or [], list) or not all(isinstance(row, Mapping) for row in rows or []):
            wrong.append(name)
    if wrong:
        raise Unusable(
            "draft_unusable", "These are not objects, or lists of objects: {wrong}.", wrong=", ".join(sorted(wrong))
        )


def next_status(now_in: Status, to: Status) -> Status:
    """The status after the move; Refused if the move is not one of the table."""
    if to not in MOVES[now_in]:
        allowed = ", ".join(sorted(MOVES[now_in])) or "nothing: it has ended"
        raise Refused(
            "move_not_allowed", "An agreement that is {now_in} can become {allowed}.", now_in=now_in, allowed=allowed
        )
    return to


def check_asked(now_in: Status, to: Status) -> None:
    """Refused if a person cannot ask for this move: it follows from approvals or from a later version."""
    if to in FOLLOWING or (now_in, to) == (Status.APPROVED, Status.PARTNER_REVIEW):
        raise Refused(
            "move_follows",
            "An agreement becomes {to} by what both parties approve, not by being moved.",
            to=to.replace("_", " "),
        )


def check_teach_out(to: Status, until: date | None, closed_until: date | None, on: date) -> None:
    """Closing names the last day of the teach-out; retiring waits for it."""
    if to == Status.CLOSED and (until is None or until < on):
        raise Unusable("teach_out_missing", "Name the last day on which people who are in can finish, today or later.")
    if to == Status.RETIRED and closed_until is not None and on <= closed_until:
        raise Refused(
            "teach_out_runs",
            "People who are in may finish until {closed_until}. Retire it after that day.",
            closed_until=closed_until,
        )


def check_begin(begins: date, sent: date, reason: str) -> None:
    """What follows a version that was in force and begins before it is sent changes what people were told."""
    if begins < sent and not reason:
        told = f"This version begins on {begins}, in the past. Choose a later day, or say why it begins before."
        raise Unusable("begins_in_the_past", told)


def status_at(moves: Sequence[Move], recorded: datetime | None, valid: date | None) -> Status:
    """The status as recorded at an instant, valid on a day: the two clocks. None means without a limit.

    Of the moves recorded by then and in effect on the day, the one latest in effect counts; of equal ones, the last
    recorded. A draft if there is none.
    """
    known = [
        (move.effective, move.at, position, move)
        for position, move in enumerate(moves)
        if (recorded is None or move.at <= recorded) and (valid is None or move.effective <= valid)
    ]
    return max(known, key=lambda row: row[:3])[3].status if known else Status.DRAFT


def may_edit_agreement(actor: Actor, sending: str, receiving: str) -> bool:
    """Registrars and deans of either party, and the system when it loads a network."""
    return actor.is_system or bool(parties_of(actor, sending, receiving))


def may_start_agreement(actor: Actor, institution: str) -> bool:
    """Who may draft for an institution: its registrar or dean."""
    return role_at(actor, institution) is not None


def acts_on_draft(actor: Actor, owner: str, terms: Agreement) -> tuple[DraftAct, ...]:
    """What somebody can do with a draft: it is sent, and its impact worked out, for a party that its terms name."""
    if not may_start_agreement(actor, owner):
        return ()
    sides = {side.institution for side in (terms.sending, terms.receiving) if side}
    of_parties = {DraftAct.SEND: owner in sides, DraftAct.ANNOUNCE: owner in sides}
    of_parties[DraftAct.IMPACT] = any(role_at(actor, side) for side in sides)
    return tuple(act for act in DraftAct if of_parties.get(act, True))


def role_at(actor: Actor, institution: str) -> str | None:
    """The role by which a person speaks for an institution in an agreement; only a grant at that very one counts."""
    return next((role for role in APPROVERS if institution in actor.institutions_as(role)), None)


def parties_of(actor: Actor, sending: str, receiving: str) -> tuple[str, ...]:
    """The sides of the agreement that a person may speak for."""
    sides = (("sending", sending), ("receiving", receiving))
    return tuple(side for side, institution in sides if role_at(actor, institution))


def both_approved(approvals: Iterable[Approval], sha256: str) -> bool:
    """Whether both sides approved exactly these terms."""
    return {approval.party for approval in approvals if approval.sha256 == sha256} == {"sending", "receiving"}


def check_approval(now_in: Status, given: Sequence[Approval], side: str, actor: Actor, seen: str, sha256: str) -> None:
    """Refused unless the terms are in review, are those that the actor saw, and the actor did not speak for both."""
    if now_in not in (Status.PARTNER_REVIEW, Status.IN_QUALIFICATION):
        raise Refused(
            "not_in_review", "The version is {now_in}: there is nothing to approve.", now_in=now_in.replace("_", " ")
        )
    if seen != sha256:
        raise Refused("terms_changed", "These are not the terms that you read. Load the page and read them again.")
    other = next((a for a in given if a.party != side), None)
    if other is not None and other.person_id is not None and other.person_id == actor.person_id:
        raise Refused("same_person", "You approved for the other party. Somebody else must approve for this one.")
