"""Wallets show credentials: OpenID4VP 1.0. The request is fetched once by its link, the answer comes by POST."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Form

from linkspan.api.answers import Router
from linkspan.credentials.actions import signed_request, take_answer
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class ShownAt:
    """Where the holder goes on."""

    redirect_uri: str


@router.get("/{uuid:presentation_id}/request", auth=None, operation_id="get_presentation_request", response=str)
def get_presentation_request(request: Request, presentation_id: UUID) -> HttpResponse:
    """The signed request object (RFC 9101), for the wallet that opened the link."""
    token = signed_request(presentation_id=presentation_id, at=real_now())
    return HttpResponse(token, content_type="application/oauth-authz-req+jwt", headers={"Cache-Control": "no-store"})


@router.post("/{uuid:presentation_id}/answer", auth=None, operation_id="answer_presentation_request", response=ShownAt)
def answer_presentation_request(
    request: Request, presentation_id: UUID, vp_token: Form[str], state: Form[str]
) -> HttpResponse:
    """The wallet's answer, taken once (section 8.2). The holder goes on at the address in `redirect_uri`."""
    take_answer(presentation_id=presentation_id, vp_token=vp_token, state=state, at=real_now())
    return JsonResponse(
        {"redirect_uri": settings.BASE_URL + reverse("wallets-shown")}, headers={"Cache-Control": "no-store"}
    )
