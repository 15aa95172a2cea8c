"""Usernames of learning platforms: learners link theirs by proof, staff propose and decide."""

from collections.abc import Sequence
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import LONGEST_LINK_REASON, Named, UsernameLink, place_of
from linkspan.kernel.request import Request

router = Router()


class NamedIn(Posted):
    """A username: whose platform it is, the host of the platform, and what it is there."""

    institution: str = Field(max_length=64)
    platform: str = Field(max_length=300)
    username: str = Field(max_length=200)

    def named(self) -> Named:
        """The username as a value."""
        return Named(self.institution, place_of(self.platform), self.username)


class CodeIn(Posted):
    """The code in the mail."""

    code: str = Field(max_length=40)


class ProposalIn(Posted):
    """The person with this confirmed address, and how one knows."""

    email: str = Field(max_length=254)
    reason: str = Field(max_length=LONGEST_LINK_REASON)


class DecisionIn(Posted):
    """Whether the link is made."""

    accept: bool


class EndIn(Posted):
    """Why; one's own link ends without a reason."""

    reason: str = Field("", max_length=LONGEST_LINK_REASON)


@router.get("/mine", operation_id="my_usernames")
def my_usernames(request: Request) -> Sequence[UsernameLink]:
    """The usernames with which the caller is linked."""
    return queries.my_usernames(request.actor)


@router.get("/offered", operation_id="usernames_offered")
def usernames_offered(request: Request) -> Sequence[Named]:
    """Usernames that a platform has with the caller's confirmed address, linked with nobody yet."""
    return queries.told_of_me(request.actor)


@router.post("/confirm", operation_id="link_username_by_address")
@idempotent
def link_by_address(request: Request, body: NamedIn) -> Made:
    """Link a username whose platform has the caller's confirmed address for it."""
    return Made(actions.link_by_address(actor=request.actor, named=body.named(), now=request.now))


@router.post("/codes", operation_id="ask_username_code")
@idempotent
def ask_username_code(request: Request, body: NamedIn) -> Made:
    """Mail a code to the address that the platform has; whether it has one is not told."""
    return Made(actions.ask_username_code(actor=request.actor, named=body.named(), now=request.now))


@router.post("/codes/{uuid:code_id}", operation_id="link_username_by_code")
@idempotent
def link_by_code(request: Request, code_id: UUID, body: CodeIn) -> Made:
    """Link the username for which the code was asked; five wrong ones end it."""
    return Made(actions.link_by_code(actor=request.actor, code_id=code_id, code=body.code, now=request.now))


@router.post("/{uuid:username_id}/propose", operation_id="propose_username_link")
@idempotent
def propose_link(request: Request, username_id: UUID, body: ProposalIn) -> Made:
    """Propose whose a username is; a colleague decides."""
    made = actions.propose_link(
        actor=request.actor, username_id=username_id, email=body.email, reason=body.reason, now=request.now
    )
    return Made(made)


@router.post("/links/{uuid:link_id}/decide", operation_id="decide_username_link")
@idempotent
def decide_link(request: Request, link_id: UUID, body: DecisionIn) -> None:
    """Decide on a link that a colleague proposed."""
    actions.decide_link(actor=request.actor, link_id=link_id, accept=body.accept, now=request.now)


@router.post("/links/{uuid:link_id}/end", operation_id="end_username_link")
@idempotent
def end_link(request: Request, link_id: UUID, body: EndIn) -> None:
    """End a link; what is on record stays."""
    actions.end_link(actor=request.actor, link_id=link_id, reason=body.reason, now=request.now)
