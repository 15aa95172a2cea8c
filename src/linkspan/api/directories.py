"""Directories of institutions, which tell by SCIM who is on the staff: their tokens, and the roles of their groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import LONGEST_TOKEN_NAME, ScimMapping, ScimScope, ScimToken
from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.kernel.request import Request

router = Router()


class TokenIn(Posted):
    """A token for a directory."""

    institution: str = Field(max_length=64)
    name: str = Field(max_length=LONGEST_TOKEN_NAME)
    scopes: list[ScimScope] = Field(max_length=2)


class MappingIn(Posted):
    """The role of a group's members; empty for none."""

    institution: str = Field(max_length=64)
    group: str = Field(max_length=255)
    role: str = Field(max_length=32)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A new token, which is shown this once."""

    id: UUID
    token: str


@router.get("/tokens", operation_id="scim_tokens")
def tokens(request: Request, institution: str) -> Sequence[ScimToken]:
    """The tokens of an institution's directory, revoked ones too."""
    return queries.scim_tokens(request.actor, institution.replace("\0", ""))


@router.post("/tokens", operation_id="make_scim_token")
def make_token(request: Request, body: TokenIn) -> NewToken:
    """Make a token for a directory. It is shown once, so the same key again makes another one."""
    made, token = actions.make_scim_token(
        actor=request.actor, institution=body.institution, name=body.name, scopes=body.scopes, now=request.now
    )
    return NewToken(made, token)


@router.post("/tokens/{uuid:token_id}/revoke", operation_id="revoke_scim_token")
@idempotent
def revoke_token(request: Request, token_id: UUID, body: NothingIn) -> None:
    """End a directory's access, at once."""
    actions.revoke_scim_token(actor=request.actor, token_id=token_id, now=request.now)


@router.get("/groups", operation_id="scim_mappings")
def mappings(request: Request, institution: str) -> Sequence[ScimMapping]:
    """Which group of the directory has which role."""
    return queries.scim_mappings(request.actor, institution.replace("\0", ""))


@router.post("/groups", operation_id="map_group")
@idempotent
def map_group(request: Request, body: MappingIn) -> None:
    """Give the members of a group a role, or none."""
    actions.map_group(
        actor=request.actor, institution=body.institution, group=body.group, role=body.role, now=request.now
    )
