"""Messages by which two servers agree on a pathway: their shape, who may send what, and how long they hold.

After Erasmus Without Paper's IIA and IIA-approval APIs (hash, approval, snapshot, termination), as one signed message
per step; docs/formats/exchange.md.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.pathways.rules.life.lifecycle import Status, role_at

#: The version of messages that this server reads, and the members of one; a document in it has a format of its own.
MESSAGE_FORMAT = 1
MEMBERS = frozenset(
    {"id", "type", "format", "from", "to", "issued", "expires", "agreement", "version", "sha256", "by"}
    | {"document", "status", "until", "reason"}
)
HOLDS = timedelta(days=30)
SKEW = timedelta(minutes=5)
#: Seconds between tries of a delivery: 10, 20, 40 ... up to an hour; given up after the message has expired.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


class Kind(StrEnum):
    """What a message says."""

    PROPOSAL = "AgreementProposal"
    APPROVAL = "AgreementApproval"
    WITHDRAWAL = "ApprovalWithdrawal"
    MOVE = "AgreementMove"


#: Moves that a partner may tell of; the others follow on either side from approvals and versions.
MOVES_TOLD = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.CLOSED, Status.RETIRED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose shape was checked; whether its signature holds is another question."""

    id: str
    kind: Kind
    sender: str
    recipient: str
    issued: datetime
    expires: datetime
    agreement_id: str
    version: int
    sha256: str
    by: str
    role: str
    document: Mapping[str, Any] | None
    to: Status | None
    until: date | None
    reason: str


def message_body(
    *,
    message_id: UUID,
    kind: Kind,
    sender: str,
    recipient: str,
    now: datetime,
    agreement_id: str,
    version: int,
    sha256: str,
    by: str,
    role: str,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """The unsigned message of one step."""
    return {
        "id": f"urn:uuid:{message_id}",
        "type": str(kind),
        "format": MESSAGE_FORMAT,
        "from": sender,
        "to": recipient,
        "issued": now.isoformat(timespec="seconds"),
        "expires": (now + HOLDS).isoformat(timespec="seconds"),
        "agreement": agreement_id,
        "version": version,
        "sha256": sha256,
        "by": {"name": by, "role": role},
        **more,
    }


def read_message(value: Mapping[str, Any]) -> Message:
    """The message that an object is; Unusable, naming the field, if it is none, or says what is not known here."""
    check_message_format(value)
    strange = sorted(str(name) for name in set(value) - MEMBERS)
    if strange:
        raise Unusable("message_not_understood", "Not known here: {strange}.", strange=", ".join(strange))
    kind = text_in(value, "type", 40)
    if kind not in set(Kind):
        raise Unusable("message_unusable", "type: {kind} is not a kind of message", kind=repr(kind))
    told = value.get("by")
    by: Mapping[str, Any] = told if isinstance(told, dict) else {}
    version, document = value.get("version"), value.get("document")
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= 100_000:
        raise Unusable("message_unusable", "version: a whole number is needed")
    if (kind == Kind.PROPOSAL) != isinstance(document, dict):
        raise Unusable("message_unusable", "document: a proposal has the agreement, nothing else has")
    return Message(
        id=text_in(value, "id", 100),
        kind=Kind(kind),
        sender=text_in(value, "from", 300),
        recipient=text_in(value, "to", 300),
        issued=instant_in(value, "issued"),
        expires=instant_in(value, "expires"),
        agreement_id=text_in(value, "agreement", 128),
        version=version,
        sha256=text_in(value, "sha256", 64),
        by=text_in(by, "name", 150),
        role=text_in(by, "role", 24),
        document=document,
        to=_status(value, kind),
        until=_until(value),
        reason=str(value.get("reason") or "")[:4000],
    )


def check_message_format(value: Mapping[str, Any]) -> None:
    """Unusable if a message is of a later format than this server reads; one that names none is of the first."""
    named = value.get("format", 1)
    if isinstance(named, bool) or not isinstance(named, int) or named < 1:
        raise Unusable("message_unusable", "format: a whole number from 1 on is needed")
    if named > MESSAGE_FORMAT:
        raise Unusable(
            "format_newer",
            "The message is of format {named}; this server reads up to {message_format}.",
            named=named,
            message_format=MESSAGE_FORMAT,
        )


def check_readable(code: str, reads: int, needed: int) -> None:
    """Refused if a partner's server does not know the format that a document needs: it is not sent."""
    if needed > reads:
        said = f"The server of {code} reads format {reads}, and this agreement needs {needed}. "
        raise Refused(
            "partner_format", "{said}Ask {code} to update it, or leave out what is new.", said=said, code=code
        )


def check_holds(message: Message, now: datetime) -> None:
    """Refused if it was issued later than now, has expired, or claims to hold for longer than a message may."""
    if message.issued > now + SKEW or message.expires - message.issued > HOLDS + SKEW:
        raise Refused("message_dates", "The message was issued later than now, or claims to hold for too long.")
    if now >= message.expires:
        raise Refused("message_expired", "The message has expired. Send it again, newly signed.")


def body_sha256(value: Mapping[str, Any]) -> str:
    """What makes two messages the same: SHA-256 over RFC 8785 JSON, the proof included."""
    return hashlib.sha256(rfc8785.dumps(dict(value))).hexdigest()


def partner_actor(code: str, name: str, role: str) -> Actor:
    """A partner's server as an actor: it speaks for that institution in agreements, and for nothing else."""
    role = role if role in ("registrar", "dean") else "registrar"
    return Actor(person_id=None, name=f"{name} ({code})"[:200], grants=frozenset({Grant(role, code)}))


def check_side(code: str, sending: str, receiving: str) -> str:
    """The side of the agreement on which the partner stands; NotPermitted if on none."""
    if code == sending:
        return "sending"
    if code == receiving:
        return "receiving"
    raise NotPermitted("not_a_party", "{code} is no party of this agreement.", code=code)


def may_manage_exchange(actor: Actor, institution: str) -> bool:
    """Registrars and deans of that very institution."""
    return role_at(actor, institution) is not None


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries, twice as long each time."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def text_in(value: Mapping[str, Any], name: str, longest: int) -> str:
    """A text of a message; Unusable if it is none, empty, too long, or holds what no database keeps."""
    found = value.get(name)
    if not isinstance(found, str) or not found.strip() or len(found) > longest or "\x00" in found:
        raise Unusable(
            "message_unusable", "{name}: a text of up to {longest} characters is needed", name=name, longest=longest
        )
    return found


def instant_in(value: Mapping[str, Any], name: str) -> datetime:
    """An instant of a message, with its offset; Unusable if it is none."""
    try:
        found = datetime.fromisoformat(text_in(value, name, 40))
    except ValueError as error:
        raise Unusable("message_unusable", "{name}: an instant is needed", name=name) from error
    if found.tzinfo is None:
        raise Unusable("message_unusable", "{name}: an instant with its offset is needed", name=name)
    return found


def _status(value: Mapping[str, Any], kind: str) -> Status | None:
    if kind != Kind.MOVE:
        return None
    found = text_in(value, "status", 24)
    if found not in MOVES_TOLD:
        raise Unusable("message_unusable", "status: {found} is not a move that a partner tells of", found=repr(found))
    return Status(found)


def _until(value: Mapping[str, Any]) -> date | None:
    if value.get("until") is None:
        return None
    try:
        return date.fromisoformat(text_in(value, "until", 10))
    except ValueError as error:
        raise Unusable("message_unusable", "until: a date is needed") from error
