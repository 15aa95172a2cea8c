"""Wallets fetch credentials: OpenID4VCI 1.0, pre-authorised code flow. One issuer for each institution.

Errors have the form and codes of the specification (sections 6.3, 8.3.1), not of RFC 9457, since wallets read them.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from ninja import Body, Form

from linkspan.api.answers import Router
from linkspan.api.documents import Credential
from linkspan.api.oauth import refused
from linkspan.credentials.actions import deliver_to_wallet, give_nonce, redeem_code
from linkspan.credentials.queries import selective_type, wallet_places
from linkspan.institutions.queries import institution
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotPermitted
from linkspan.kernel.request import Request
from linkspan.vc import openid4vci

router = Router()
NEVER_STORED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class WalletToken:
    """An access token for a wallet."""

    access_token: str
    token_type: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class WalletNonce:
    """A nonce for a proof of possession."""

    c_nonce: str


@dataclass(frozen=True, slots=True)
class WalletCredential:
    """A credential in the form of its configuration: an object, or a compact text."""

    credential: Credential | str


@dataclass(frozen=True, slots=True)
class WalletCredentials:
    """What a wallet fetched."""

    credentials: tuple[WalletCredential, ...]


def issuer_metadata(request: Request, code: str) -> HttpResponse:
    """Section 12.2, at the well-known address."""
    name = institution(code).name
    return JsonResponse(openid4vci.issuer_metadata(wallet_places(code), name, selective_type(code)))


def server_metadata(request: Request, code: str) -> HttpResponse:
    """RFC 8414, at the well-known address."""
    institution(code)
    return JsonResponse(openid4vci.server_metadata(wallet_places(code)))


@router.post("/{code}/token", auth=None, operation_id="get_wallet_token", response=WalletToken)
def get_wallet_token(
    request: Request,
    code: str,
    grant_type: Form[str],
    pre_authorized_code: Form[str] = "",
    tx_code: Form[str] = "",
) -> HttpResponse:
    """An access token for the code of an offer and the digits that its holder types. Each offer works once."""
    if grant_type != openid4vci.PRE_AUTHORISED:
        return refused("unsupported_grant_type", f"Only {openid4vci.PRE_AUTHORISED} is given here.")
    # The parameter's name has a hyphen, which no Python argument has.
    given = request.POST.get("pre-authorized_code", pre_authorized_code)
    if not given or not tx_code:
        return refused("invalid_request", "pre-authorized_code and tx_code are needed.")
    try:
        token = redeem_code(institution=code, code=given, digits=tx_code, at=real_now())
    except LinkspanError as no:
        return refused(no.code, no.message)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    return JsonResponse(body, headers=NEVER_STORED)


@router.post("/{code}/nonce", auth=None, operation_id="get_wallet_nonce", response=WalletNonce)
def get_wallet_nonce(request: Request, code: str) -> HttpResponse:
    """A nonce for a proof of possession (section 7); it works once, so nothing is repeated by asking again."""
    institution(code)
    return JsonResponse({"c_nonce": give_nonce(purpose="wallet", at=real_now())}, headers=NEVER_STORED)


@router.post("/{code}/credential", auth=None, operation_id="get_wallet_credential", response=WalletCredentials)
def get_wallet_credential(request: Request, code: str, asked: Body[dict[str, Any]]) -> HttpResponse:
    """The credential, bound to the key that the wallet proves (section 8). The nonce in the proof works once."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    proofs = asked.get("proofs")
    tokens = proofs.get("jwt") if isinstance(proofs, dict) and set(proofs) == {"jwt"} else None
    if scheme.lower() != "bearer" or not token:
        return refused("invalid_token", "Send the access token as Authorization: Bearer.", 401)
    if not isinstance(tokens, list) or len(tokens) != 1 or not isinstance(tokens[0], str):
        return refused("invalid_proof", "Send one proof: proofs.jwt is a list with one token.")
    try:
        credential = deliver_to_wallet(
            institution=code,
            token=token,
            configuration=str(asked.get("credential_configuration_id")),
            proof=tokens[0],
            at=real_now(),
            now=max(real_now(), request.now),
        )
    except NotPermitted as no:
        return refused(no.code, no.message, 401)
    except LinkspanError as no:
        return refused(no.code, no.message)
    return JsonResponse({"credentials": [{"credential": credential}]}, headers=NEVER_STORED)
