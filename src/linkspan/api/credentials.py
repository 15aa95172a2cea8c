"""Credentials: one's own, public status lists, and verification."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ninja import Body

from linkspan.api.answers import Router
from linkspan.api.documents import Credential, TreeHead, Verdict
from linkspan.credentials import actions, queries
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.vc import Unreadable, VcError

router = Router()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a credential stands in its issuer's log: the path to the root of the tree, and the signed head."""

    index: int
    sha256: str
    tree_size: int
    root_hash: str
    path: tuple[str, ...]
    head: TreeHead


@router.get("/mine", operation_id="my_credentials")
def my_credentials(request: Request) -> list[Credential]:
    """The caller's signed credentials."""
    return [held.document for held in queries.credentials_of(request.actor, request.actor.own_id)]


@router.get("/{uuid:credential_id}", auth=None, operation_id="get_credential")
def get_credential(request: Request, credential_id: UUID) -> Credential:
    """One signed credential: who has its identifier may have it."""
    return queries.credential(credential_id).document


@router.get("/status/{uuid:list_id}/{purpose}", auth=None, operation_id="get_status_list")
def get_status_list(request: Request, list_id: UUID, purpose: str) -> Credential:
    """A signed status list; `purpose` is revocation, suspension or message."""
    return queries.status_list(list_id, purpose, real_now())


@router.get("/{uuid:credential_id}/receipt", auth=None, operation_id="get_receipt")
def get_receipt(request: Request, credential_id: UUID) -> Receipt:
    """Where a credential stands in its issuer's log, with the inclusion proof and the signed tree head."""
    return Receipt(**queries.log_receipt(credential_id))


@router.post("/verify", auth=None, operation_id="verify_credential")
def verify_credential(request: Request, credential: Body[dict[str, Any]], ask: bool = False) -> Verdict:
    """The verdict about a credential; a token is given as `{"jwt": TOKEN}`. With `ask`, sites of issuers are asked.

    Nothing is kept, so no Idempotency-Key is needed.
    """
    try:
        now = max(real_now(), request.now)
        return actions.check_credential(document=credential, asks=ask, now=now).as_json()
    except (Unreadable, VcError) as error:
        raise Unusable(error.code, error.message) from error
