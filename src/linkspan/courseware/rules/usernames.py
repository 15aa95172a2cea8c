"""Usernames of learning platforms: whose they are is shown by a code, a confirmed address, or two of the staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.accounts.rules import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable

#: For how long a code shows whose a username is, and how often it may be tried.
CODE_LIFE, MOST_TRIES = timedelta(minutes=30), 5
#: Codes in an hour: of one person, and to one username whoever asks.
MOST_ASKED, MOST_MAILED = 5, 3
LONGEST_REASON = 500


class Proof(StrEnum):
    """How it was shown whose a username is."""

    CODE = "code"
    ADDRESS = "address"
    STAFF = "staff"


class LinkState(StrEnum):
    """Where a link stands; staff propose, somebody else of the staff decides."""

    PROPOSED = "proposed"
    LINKED = "linked"
    REFUSED = "refused"
    ENDED = "ended"


#: A username has one link of these at most.
STANDING = (LinkState.PROPOSED, LinkState.LINKED)


@dataclass(frozen=True, slots=True)
class Named:
    """A username: whose platform it is, at which host, and what it is there."""

    institution: str
    place: str
    username: str


@dataclass(frozen=True, slots=True)
class UsernameLink:
    """Who is behind a username, how that was shown, and who said so."""

    id: UUID
    learner_id: UUID
    named: Named
    proof: Proof
    state: LinkState
    by: str
    by_id: UUID | None
    at: datetime
    reason: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldUsername:
    """A username that an institution's files told, with the link that stands, if one does."""

    id: UUID
    named: Named
    email: str
    by_address: bool
    told_at: datetime
    link: UsernameLink | None

    @property
    def state(self) -> str:
        """Linked, proposed, found by its address, or nobody's yet."""
        if self.link is not None:
            return self.link.state.value
        return "by_address" if self.by_address else "unlinked"


def may_link_others(actor: Actor, institution: str) -> bool:
    """Registrars and program staff say whose a username of their institution's platform is."""
    return any(actor.has_role(role, institution) for role in (Role.REGISTRAR, Role.PROGRAM_STAFF))


def may_decide_link(actor: Actor, link: UsernameLink) -> bool:
    """Who may propose, but did not, and is not meant."""
    mine = actor.is_person(link.learner_id) or (link.by_id is not None and actor.is_person(link.by_id))
    return may_link_others(actor, link.named.institution) and not mine


def may_end_link(actor: Actor, link: UsernameLink) -> bool:
    """The learner, and those who may propose."""
    return actor.is_person(link.learner_id) or may_link_others(actor, link.named.institution)


def check_reason(reason: str) -> str:
    """The reason without blanks around; Unusable for none, or a long one."""
    found = reason.strip()
    if not 0 < len(found) <= LONGEST_REASON:
        raise Unusable("reason_missing", "Reason: write why, in up to {longest} characters.", longest=LONGEST_REASON)
    return found


def check_code_alive(asked_at: datetime, tries: int, used: bool, now: datetime) -> None:
    """Refused for a code that is used, too old, or was tried too often."""
    if used or tries >= MOST_TRIES or not timedelta() <= now - asked_at < CODE_LIFE:
        raise Refused("code_over", "This code cannot be used any more. Ask for a new one.")
