"""Two accounts of one person: shown to be theirs, or prepared and approved by two of the offices; then joined."""

from collections.abc import Sequence
from uuid import UUID

from allauth.core import ratelimit
from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Merge, MergeProspect
from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import Busy
from linkspan.kernel.request import Request

router = Router()


class OtherIn(Posted):
    """The confirmed address of another account of the caller's."""

    email: str = Field(max_length=254)


class PasswordIn(OtherIn):
    """That address, and the password of that account."""

    password: str = Field(max_length=1000)


class ProofIn(Posted):
    """The last part of the link in the mail."""

    token: str = Field(max_length=200)


class PairIn(Posted):
    """The account that stays, the one that ends, and how one knows that both are one person's."""

    stays: UUID
    ends: UUID
    reason: str = Field(max_length=500)


@router.get("/mine", operation_id="my_merge")
def my_merge(request: Request) -> MergeProspect | None:
    """What joining the caller's two accounts would do, once the other one is shown to be theirs; null before that."""
    held = queries.own_merge(request.actor, request.now)
    return queries.merge_prospect(request.actor, held.id, request.now) if held else None


@router.post("/mine/link", operation_id="ask_merge")
@idempotent
def ask_merge(request: Request, body: OtherIn) -> None:
    """Mail a link to another account's address; whether there is such an account is not told."""
    actions.ask_merge(actor=request.actor, email=body.email, now=request.now)


@router.post("/mine/proof", operation_id="prove_merge")
@idempotent
def prove_merge(request: Request, body: ProofIn) -> Made:
    """Show by that link that the other account is the caller's; the id under which it is looked at and confirmed."""
    return Made(actions.prove_merge(actor=request.actor, token=body.token, now=request.now))


@router.post("/mine/password", operation_id="prove_merge_by_password")
def prove_merge_by_password(request: Request, body: PasswordIn) -> Made:
    """Show by its password that the other account is the caller's."""
    if not ratelimit.consume(request, action="login_failed", key=address(body.email)):
        raise Busy("too_many_passwords", "Too many passwords were tried. Wait a few minutes, then try again.")
    told = {"email": body.email, "password": body.password}
    # The password is no part of what is kept to tell a repeated request.
    return once(
        request, {}, lambda: Made(actions.prove_merge_by_password(actor=request.actor, now=request.now, **told))
    )


@router.post("/mine/{uuid:merge_id}", operation_id="merge_own_accounts")
@idempotent
def merge_own_accounts(request: Request, merge_id: UUID) -> Merge:
    """Join the caller's two accounts at once; the act `merge_own_accounts` shows first what changes."""
    return actions.merge_own_accounts(actor=request.actor, merge_id=merge_id, now=request.now)


@router.get("/", operation_id="merges_waiting")
def merges_waiting(request: Request) -> Sequence[Merge]:
    """The pairs that wait for a second person, for registrars and operators."""
    return queries.merges_waiting(request.actor, request.now)


@router.post("/", operation_id="propose_merge")
@idempotent
def propose_merge(request: Request, body: PairIn) -> Made:
    """Prepare that two accounts become one; a second person approves it."""
    return Made(actions.propose_merge(actor=request.actor, now=request.now, **body.model_dump()))


@router.get("/{uuid:merge_id}", operation_id="merge_prospect")
def merge_prospect(request: Request, merge_id: UUID) -> MergeProspect:
    """What joining the two would move, which consents end by it, and what stands in the way."""
    return queries.merge_prospect(request.actor, merge_id, request.now)


@router.post("/{uuid:merge_id}/approve", operation_id="approve_merge")
@idempotent
def approve_merge(request: Request, merge_id: UUID) -> Merge:
    """Join two accounts that somebody else prepared, at once; the act `approve_merge` shows first what changes."""
    return actions.approve_merge(actor=request.actor, merge_id=merge_id, now=request.now)


@router.post("/{uuid:merge_id}/withdraw", operation_id="withdraw_merge")
@idempotent
def withdraw_merge(request: Request, merge_id: UUID) -> None:
    """Have two accounts stay two."""
    actions.withdraw_merge(actor=request.actor, merge_id=merge_id, now=request.now)
