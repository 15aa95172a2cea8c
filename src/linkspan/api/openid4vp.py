"""Wallets show credentials: OpenID4VP 1.0. The request is fetched once by its link, the answer comes by POST."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Form

from linkspan.api.answers import Router
from linkspan.api.documents import Verdict
from linkspan.api.once import Posted, idempotent
from linkspan.credentials.actions import ask_wallet, signed_request, take_answer, take_hidden_answer
from linkspan.credentials.queries import presentation
from linkspan.credentials.rules import Presentation
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class ShownAt:
    """Where the holder goes on."""

    redirect_uri: str


class AskIn(Posted):
    """What the credential is for, and, in DCQL, what is asked for if not one badge."""

    institution: str
    purpose: str
    query: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class WalletRequest:
    """A request to a wallet: the link that opens it, and what came of it."""

    id: UUID
    purpose: str
    link: str
    expires_at: datetime
    answered_at: datetime | None
    verdict: Verdict | None


@router.post("/requests", operation_id="ask_wallet")
@idempotent
def ask_wallet_for(request: Request, body: AskIn) -> WalletRequest:
    """Ask a wallet, in the name of an institution whose staff the caller is; the answer comes encrypted, once."""
    made = ask_wallet(
        actor=request.actor,
        institution=body.institution,
        purpose=body.purpose,
        query=body.query,
        hidden=True,
        at=real_now(),
        now=request.now,
    )
    return _told(made)


@router.get("/requests/{uuid:presentation_id}", operation_id="get_wallet_request")
def get_wallet_request(request: Request, presentation_id: UUID) -> WalletRequest:
    """What came of a request."""
    return _told(presentation(request.actor, presentation_id))


def _told(one: Presentation) -> WalletRequest:
    verdict = one.verdict.as_json() if one.verdict else None
    return WalletRequest(one.id, one.purpose, one.link, one.expires_at, one.answered_at, verdict)


@router.get("/{uuid:presentation_id}/request", auth=None, operation_id="get_presentation_request", response=str)
def get_presentation_request(request: Request, presentation_id: UUID) -> HttpResponse:
    """The signed request object (RFC 9101), for the wallet that opened the link."""
    token = signed_request(presentation_id=presentation_id, at=real_now())
    return HttpResponse(token, content_type="application/oauth-authz-req+jwt", headers={"Cache-Control": "no-store"})


@router.post("/{uuid:presentation_id}/answer", auth=None, operation_id="answer_presentation_request", response=ShownAt)
def answer_presentation_request(
    request: Request,
    presentation_id: UUID,
    vp_token: Form[str] = "",
    state: Form[str] = "",
    response: Form[str] = "",
) -> HttpResponse:
    """The wallet's answer, taken once (section 8.2): encrypted as `response`, where the request has a key for it. The
    holder goes on at the address in `redirect_uri`."""
    if response:
        take_hidden_answer(presentation_id=presentation_id, response=response, at=real_now())
    else:
        take_answer(presentation_id=presentation_id, vp_token=vp_token, state=state, at=real_now())
    return JsonResponse(
        {"redirect_uri": settings.BASE_URL + reverse("wallets-shown")}, headers={"Cache-Control": "no-store"}
    )
