"""A provider's word, from server to server, that somebody left there (OpenID Connect Back-Channel Logout 1.0)."""

from uuid import UUID

import structlog
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts import actions
from linkspan.accounts.engines.openid import keys_of, left_in
from linkspan.accounts.queries import keyed_provider
from linkspan.accounts.rules import SignInKind
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.request import Request
from linkspan.kernel.told import told
from linkspan.web.pages import post_only

log = structlog.get_logger(__name__)


@csrf_exempt
@post_only
def backchannel(request: Request, provider_id: UUID) -> HttpResponse:
    """End the sign-ins that a logout token names: 200, or 400 as the standard says for one that does not hold."""
    now, token = real_now(), request.POST.get("logout_token", "")
    try:
        keyed = keyed_provider(provider_id, SignInKind.OPENID)
        left = left_in(token, keys_of(keyed.expected.issuer), keyed.expected, now)
        actions.use_message(provider_id=provider_id, message_id=f"logout {left.message_id}", ends_at=left.ends_at)
    except LinkspanError as error:
        log.warning("a logout token was refused", provider=str(provider_id), why=told(error)[:500])
        status = 404 if error.status == 404 else 400
        return JsonResponse({"error": "invalid_request"}, status=status, headers={"Cache-Control": "no-store"})
    # A provider that told no session at the sign-in means all of the person's.
    indexes = [left.index, *([""] if left.name else [])] if left.index else []
    actions.end_sign_ins_there(provider_id=provider_id, name=left.name, indexes=indexes, now=request.now)
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})
