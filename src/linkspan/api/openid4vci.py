"""Wallets fetch credentials: OpenID4VCI 1.0. One issuer for each institution.

A code of an offer is redeemed here; who sends the holder's browser gets a token of the server at `openbadges`. Errors
have the form and codes of the specification (sections 6.3, 8.3.1), not of RFC 9457, since wallets read them.
"""

from dataclasses import dataclass

from django.http import HttpResponse, JsonResponse
from ninja import Form

from linkspan.api.answers import Router
from linkspan.api.documents import Credential
from linkspan.api.oauth import refused
from linkspan.api.wallet_door import Comer, Turned, answered, door, shown_key, with_number
from linkspan.credentials.actions import (
    deliver_to_wallet,
    deliver_what_waited,
    give_nonce,
    hear_from_wallet,
    redeem_code,
)
from linkspan.credentials.queries import opening_keys, selective_metadata, selective_type, wallet_places
from linkspan.credentials.rules import Delivered, Wanted
from linkspan.institutions.queries import institution
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.request import Request
from linkspan.vc import jwe, openid4vci

router = Router()
NEVER_STORED = {"Cache-Control": "no-store"}
#: What anybody may read from anywhere, wallets in a browser too.
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}


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
    notification_id: str


@dataclass(frozen=True, slots=True)
class WalletWait:
    """Under what a wallet asks again, and after how many seconds."""

    transaction_id: str
    interval: int


def issuer_metadata(request: Request, code: str) -> HttpResponse:
    """Section 12.2, at the well-known address."""
    name = institution(code).name
    keys = [jwe.public(key) for key in opening_keys()[:1]]
    told = openid4vci.issuer_metadata(wallet_places(code), name, selective_type(code), keys)
    return JsonResponse(told, headers=FOR_ALL)


def server_metadata(request: Request, code: str) -> HttpResponse:
    """RFC 8414, at the well-known address."""
    institution(code)
    return JsonResponse(openid4vci.server_metadata(wallet_places(code)), headers=FOR_ALL)


def credential_type(request: Request, code: str) -> HttpResponse:
    """The type of an institution's SD-JWT credentials (SD-JWT VC, section 6), at its name."""
    return HttpResponse(selective_metadata(code), content_type="application/json", headers=FOR_ALL)


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
        thumbprint = shown_key(request)
        token = redeem_code(institution=code, code=given, digits=tx_code, at=real_now(), thumbprint=thumbprint)
    except Turned as no:
        return with_number(no.answer())
    except LinkspanError as no:
        return refused(no.code, no.message)
    body = {"access_token": token, "token_type": "DPoP" if thumbprint else "Bearer", "expires_in": 300}
    response = JsonResponse(body, headers=NEVER_STORED)
    return with_number(response) if thumbprint else response


@router.post("/{code}/nonce", auth=None, operation_id="get_wallet_nonce", response=WalletNonce)
def get_wallet_nonce(request: Request, code: str) -> HttpResponse:
    """A nonce for a proof of possession (section 7); it works once, so nothing is repeated by asking again."""
    institution(code)
    return JsonResponse({"c_nonce": give_nonce(purpose="wallet", at=real_now())}, headers=NEVER_STORED)


@router.post("/{code}/credential", auth=None, operation_id="get_wallet_credential", response=WalletCredentials)
def get_wallet_credential(request: Request, code: str) -> HttpResponse:
    """The credential, bound to each key that the wallet proves (section 8): `credential_configuration_id` or
    `credential_identifier`, and `proofs`. The nonce in a proof works once. 202 says when to ask again."""

    def act(come: Comer) -> HttpResponse:
        delivered = deliver_to_wallet(
            institution=code,
            token=come.token,
            wanted=Wanted(
                _text(come, "credential_configuration_id"), _text(come, "credential_identifier"), _proofs(come)
            ),
            at=real_now(),
            now=max(real_now(), request.now),
            thumbprint=come.thumbprint,
        )
        return _delivered(come, delivered)

    return door(request, act)


@router.post("/{code}/deferred", auth=None, operation_id="get_deferred_credential", response=WalletCredentials)
def get_deferred_credential(request: Request, code: str) -> HttpResponse:
    """What was not signed yet when it was asked for, by `transaction_id` (section 9); 202 says when to ask again."""

    def act(come: Comer) -> HttpResponse:
        delivered = deliver_what_waited(
            institution=code,
            token=come.token,
            secret=_text(come, "transaction_id"),
            at=real_now(),
            now=max(real_now(), request.now),
            thumbprint=come.thumbprint,
        )
        return _delivered(come, delivered)

    return door(request, act)


@router.post("/{code}/notification", auth=None, operation_id="tell_of_wallet_credential", response={204: None})
def tell_of_wallet_credential(request: Request, code: str) -> HttpResponse:
    """What became of a credential in the wallet (section 11): `notification_id` and `event`. Told twice, it is kept
    once."""

    def act(come: Comer) -> HttpResponse:
        hear_from_wallet(
            institution=code,
            token=come.token,
            delivery=_text(come, "notification_id"),
            event=_text(come, "event"),
            at=real_now(),
            now=max(real_now(), request.now),
            thumbprint=come.thumbprint,
        )
        return HttpResponse(status=204, headers=NEVER_STORED)

    return door(request, act)


def _text(come: Comer, name: str) -> str:
    value = come.asked.get(name, "")
    if not isinstance(value, str) or len(value) > 500:
        raise Turned("invalid_credential_request", f"{name} is a text.")
    return value


def _proofs(come: Comer) -> tuple[str, ...]:
    """The proofs; none if they are not sent as a list of tokens: who has no access is told that first."""
    told = come.asked.get("proofs")
    tokens = told.get("jwt") if isinstance(told, dict) and set(told) == {"jwt"} else None
    good = isinstance(tokens, list) and all(isinstance(one, str) for one in tokens)
    return tuple(tokens) if isinstance(tokens, list) and good else ()


def _delivered(come: Comer, delivered: Delivered) -> HttpResponse:
    if delivered.transaction:
        told = {"transaction_id": delivered.transaction, "interval": delivered.interval}
        return answered(come.hidden, told, 202)
    copies = [{"credential": copy} for copy in delivered.copies]
    return answered(come.hidden, {"credentials": copies, "notification_id": str(delivered.delivery_id)})
