"""Credentials of others that the caller keeps here."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import LARGEST_KEPT, Kept
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

router = Router()


class KeepIn(Posted):
    """A credential of somebody else, as text: JSON or a token."""

    content: str = Field(max_length=LARGEST_KEPT)


@dataclass(frozen=True, slots=True)
class KeptNow:
    """Whether it is new here; else it, or a newer one, was here."""

    is_new: bool


@dataclass(frozen=True, slots=True)
class KeptText:
    """A kept credential as it came."""

    content: str


class ProfileIn(Posted):
    """What applications read of the caller beside name and e-mail, whole: what is left out goes."""

    url: str = Field("", max_length=2_000)
    phone: str = Field("", max_length=2_000)
    description: str = Field("", max_length=2_000)
    official: str = Field("", max_length=2_000)


@dataclass(frozen=True, slots=True)
class HostProfile:
    """What applications that are let in read of the caller."""

    name: str
    email: str
    url: str
    phone: str
    description: str
    official: str


@router.post("/profile", operation_id="put_host_profile")
@idempotent
def put_host_profile(request: Request, body: ProfileIn) -> HostProfile:
    """Change what applications that are let in read of the caller; name and e-mail stay the account's."""
    stated = {name: value for name in ProfileIn.model_fields if (value := getattr(body, name))}
    told = {"type": ["Profile"], **stated}
    put = actions.put_host_profile(actor=request.actor, told=told, now=max(real_now(), request.now))
    return HostProfile(*(str(put.get(one, "")) for one in HostProfile.__dataclass_fields__))


@router.get("", operation_id="kept_credentials")
def kept_credentials(request: Request) -> Sequence[Kept]:
    """What the caller keeps here of others, newest first."""
    return queries.kept_credentials(request.actor)


@router.get("/{uuid:kept_id}", operation_id="kept_credential")
def kept_credential(request: Request, kept_id: UUID) -> KeptText:
    """One of them, to the byte."""
    return KeptText(queries.kept_credential(request.actor, kept_id)[1])


@router.post("", operation_id="keep_credential")
@idempotent
def keep_credential(request: Request, body: KeepIn) -> KeptNow:
    """Keep a credential of somebody else."""
    now = max(real_now(), request.now)
    return KeptNow(actions.keep_credential(actor=request.actor, content=body.content.encode(), now=now).is_new)


@router.post("/{uuid:kept_id}/remove", operation_id="remove_kept")
@idempotent
def remove_kept(request: Request, kept_id: UUID, body: NothingIn) -> None:
    """Remove one of them."""
    actions.remove_kept(actor=request.actor, kept_id=kept_id, now=request.now)
