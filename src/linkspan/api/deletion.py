"""The deletion of one's account: what it would do, asked for with the password, taken back."""

from dataclasses import dataclass
from datetime import datetime

from allauth.core import ratelimit
from ninja import Field

from linkspan.accounts import actions
from linkspan.accounts.queries import is_password_of, prospect
from linkspan.accounts.rules import Deletion
from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel.errors import Busy, NotPermitted
from linkspan.kernel.fates import Fate, Ground
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.request import Request
from linkspan.kernel.told import told

router = Router()


class AskIn(Posted):
    """The password of the account: whoever found a token or an open browser deletes nothing."""

    password: str = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class PartTold:
    """Entries of one table, what becomes of them, and on which ground they stay."""

    table: str
    holds: str
    entries: int
    fate: Fate
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DeletionWaiting:
    """When it was asked for and when it is done; what held it back when it was due."""

    asked_at: datetime
    due_at: datetime
    held_by: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class DeletionProspect:
    """What deleting the account does."""

    parts: tuple[PartTold, ...]
    obstacles: tuple[Obstacle, ...]
    waiting: DeletionWaiting | None


@router.get("/mine", operation_id="my_deletion")
def my_deletion(request: Request) -> DeletionProspect:
    """What would go, what would stay and why, what stands in the way, and since when it waits."""
    found = prospect(request.actor, request.actor.own_id)
    return DeletionProspect(
        parts=tuple(
            PartTold(one.table, one.holds, one.entries, one.at_deletion.fate, one.at_deletion.ground)
            for one in found.parts
        ),
        obstacles=tuple(_obstacle(one) for one in found.obstacles),
        waiting=None if found.waiting is None else _waiting(found.waiting),
    )


@router.post("/mine", operation_id="ask_deletion")
def ask_deletion(request: Request, body: AskIn) -> DeletionWaiting:
    """Have the caller's account deleted after the days to think it over; asked twice, it is one wish."""
    person_id = request.actor.own_id
    tries = {"action": "login_failed", "key": str(person_id)}
    if not ratelimit.consume(request, **tries, dry_run=True):
        raise Busy("too_many_passwords", "Too many passwords were tried. Wait a few minutes, then try again.")
    if not is_password_of(person_id, body.password):
        ratelimit.consume(request, **tries)
        raise NotPermitted("password_wrong", "This is not the password of your account. Without one, use the page.")
    # The password is no part of what is kept to tell a repeated request.
    return once(
        request,
        {},
        lambda: _waiting(actions.ask_deletion(actor=request.actor, person_id=person_id, reason="", now=request.now)),
    )


@router.post("/mine/withdraw", operation_id="withdraw_deletion")
@idempotent
def withdraw_deletion(request: Request) -> None:
    """Keep the caller's account."""
    actions.withdraw_deletion(actor=request.actor, person_id=request.actor.own_id, now=request.now)


def _waiting(waiting: Deletion) -> DeletionWaiting:
    return DeletionWaiting(waiting.asked_at, waiting.due_at, tuple(_obstacle(one) for one in waiting.held_by))


def _obstacle(one: str) -> Obstacle:
    return Obstacle(one.reason.code if isinstance(one, Sentence) else "", told(one))
