"""How wallets come in: the key that they show with a request (DPoP, RFC 9449), the token, the body that they hide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse

from linkspan.accounts.actions import proof_nonce, prove_possession
from linkspan.credentials.queries import opening_keys
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotPermitted, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told
from linkspan.vc import Unreadable, VcError, dpop, jwe
from linkspan.vc.strict_json import parse

LARGEST = 200_000


@dataclass(frozen=True, slots=True)
class Comer:
    """A wallet as it comes: its token, the key that it showed, what it asks, and how the answer is hidden."""

    token: str
    thumbprint: str
    asked: Mapping[str, Any]
    hidden: Mapping[str, Any] | None


class Turned(Exception):
    """An answer in the form of the specifications, instead of what was asked for."""

    def __init__(self, error: str, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.error, self.why, self.status = error, why, status

    def answer(self, scheme: str = "") -> HttpResponse:
        """The error as JSON; to who has no access, also how it is asked for."""
        body = {"error": self.error, "error_description": self.why}
        response = JsonResponse(body, status=self.status, headers={"Cache-Control": "no-store"})
        if self.status == 401:
            known = f'error="{self.error}"'
            algs = f'algs="{" ".join(dpop.ALGORITHMS)}"'
            response["WWW-Authenticate"] = f"DPoP {known}, {algs}" if scheme == "dpop" else f"Bearer {known}"
        return response


def shown_key(request: Request, token: str = "", status: int = 400) -> str:
    """The thumbprint of the key that a request shows, of that token; empty if it shows none. Else Turned."""
    given = request.headers.get("DPoP")
    if given is None:
        return ""
    if not ratelimit.consume(request, action="wallet_proof"):  # each is kept for a while
        raise Turned("temporarily_unavailable", "Too many requests. Try again in a minute.", 429)
    address = f"{settings.BASE_URL}{request.path}"
    try:
        return prove_possession(proof=given, method=str(request.method), address=address, at=real_now(), token=token)
    except Unusable as no:
        raise Turned(no.code, told(no), status) from no


def with_number(response: HttpResponse) -> HttpResponse:
    """The answer with a number for the next proof."""
    response["DPoP-Nonce"] = proof_nonce(at=real_now())
    return response


def comer(request: Request) -> Comer:
    """Who comes with an access token; Turned if the token, the key or the body is not as it must be."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() not in ("bearer", "dpop") or not 0 < len(token) <= 200:
        raise Turned("invalid_token", "Send the access token in the header Authorization.", 401)
    if (scheme.lower() == "dpop") != ("DPoP" in request.headers):
        raise Turned("invalid_token", "A token that is bound to a key comes as DPoP, with a proof of that key.", 401)
    thumbprint = shown_key(request, token, 401)
    asked = _body(request)
    hidden = asked.get("credential_response_encryption")
    if hidden is not None:
        if not isinstance(hidden, dict) or "zip" in hidden:
            raise Turned("invalid_encryption_parameters", "Name jwk and enc, and no zip.")
        if not _is_hidden(request):
            raise Turned("invalid_encryption_parameters", "Encrypt the request: else anybody could change the key.")
        answered(hidden, {})  # before anything is used up: whether the answer can be hidden so
    return Comer(token, thumbprint, asked, hidden)


def _is_hidden(request: Request) -> bool:
    return str(request.content_type) == "application/jwt"


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.body
        if len(body) > LARGEST:
            raise Turned("invalid_credential_request", "The request is too large.", 413)
        if _is_hidden(request):
            return jwe.decrypt(body.decode("ascii"), opening_keys())
        return parse(body)
    except RequestDataTooBig as error:
        raise Turned("invalid_credential_request", "The request is too large.", 413) from error
    except VcError as error:
        raise Turned("invalid_encryption_parameters", error.message) from error
    except (Unreadable, UnicodeError) as error:
        raise Turned("invalid_credential_request", "The request is no JSON object.") from error


def answered(hidden: Mapping[str, Any] | None, body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """The answer, for the wallet alone where it asked so."""
    if hidden is None:
        return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
    try:
        text = jwe.encrypt(body, hidden.get("jwk"), hidden.get("enc"))
    except VcError as error:
        raise Turned("invalid_encryption_parameters", error.message) from error
    return HttpResponse(text, status=status, content_type="application/jwt", headers={"Cache-Control": "no-store"})


def door(request: Request, act: Callable[[Comer], HttpResponse]) -> HttpResponse:
    """What a wallet gets that comes with a token; who has a key gets a number for its next proof with it."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    try:
        response = act(comer(request))
    except Turned as no:
        response = no.answer(scheme)
    except NotPermitted as no:
        response = Turned(no.code, told(no), 401).answer(scheme)
    except LinkspanError as no:
        response = Turned(no.code, told(no)).answer()
    return with_number(response) if scheme == "dpop" else response
