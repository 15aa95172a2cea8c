"""A credential is offered to its holder's wallet, and the offer's code redeemed (OpenID4VCI 1.0).

`at` is real time, by which codes, tokens and proofs live; `now` is the domain's. What is refused carries the error code
of the specification, which faces answer with.
"""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F

from linkspan.credentials.models import CredentialRow, NonceRow, WalletOfferRow, WalletTokenRow
from linkspan.credentials.queries.places import wallet_places
from linkspan.credentials.rules import CredentialState
from linkspan.credentials.rules.wallets import (
    CODE_LIFE,
    DIGITS,
    MOST_TRIES,
    NONCE_LIFE,
    TOKEN_LIFE,
    Offered,
    secret_digest,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.vc import openid4vci


@transaction.atomic
def offer_to_wallet(*, actor: Actor, credential_id: UUID, at: datetime, now: datetime) -> Offered:
    """Offer one's own credential to a wallet; an earlier offer of it that was not used is void from then on."""
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(actor.is_person(row.learner_id), "hand over somebody else's credential")
    if row.state != CredentialState.ACTIVE:
        raise Refused(
            "credential_not_active", "The credential is {state}; only an active one goes to a wallet.", state=row.state
        )
    WalletOfferRow.objects.filter(credential=row, used_at=None).delete()
    code, digits = secrets.token_urlsafe(32), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    state = secrets.token_urlsafe(32)
    offer = WalletOfferRow.objects.create(
        credential=row,
        code_sha256=secret_digest(code),
        digits_sha256=secret_digest(f"{code}:{digits}"),
        expires_at=at + CODE_LIFE,
        state_sha256=secret_digest(state),
    )
    places = wallet_places(row.institution)
    offered = openid4vci.offer(
        places, [openid4vci.BADGE, openid4vci.SELECTIVE], openid4vci.Codes(code, state), digits=DIGITS
    )
    audit.record(actor=actor, verb="offer_to_wallet", subject=f"credentials.credential:{row.id}", now=now)
    return Offered(offer.id, openid4vci.offer_link(offered), digits, offer.expires_at)


def redeem_code(*, institution: str, code: str, digits: str, at: datetime, thumbprint: str = "") -> str:
    """An access token for an offer's code and digits, once. Unusable (`invalid_grant`) says no more than it must.

    A wrong guess is counted even though it fails, so that digits cannot be tried out. The token is good only with the
    key of that thumbprint, where the wallet showed one.
    """
    if settings.HAIP and not thumbprint:
        raise Unusable("invalid_dpop_proof", "Show a key with the request (DPoP): this server asks wallets to.")
    refusal = Unusable(
        "invalid_grant", "The code is wrong, used or too old. Make a new offer on the credential's page."
    )
    offers = WalletOfferRow.objects.filter(
        code_sha256=secret_digest(code), credential__institution=institution, used_at=None, expires_at__gt=at
    )
    if not offers.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise refusal
    with transaction.atomic():
        right = offers.filter(digits_sha256=secret_digest(f"{code}:{digits}"))
        offer = right.select_for_update().first()
        if offer is None:
            raise refusal
        offer.used_at = at
        offer.save(update_fields=["used_at"])
        token = secrets.token_urlsafe(32)
        WalletTokenRow.objects.create(
            offer=offer, token_sha256=secret_digest(token), expires_at=at + TOKEN_LIFE, thumbprint=thumbprint
        )
    return token


def give_nonce(*, purpose: str, at: datetime) -> str:
    """A nonce that works once, for five minutes. Signed, not stored: whoever asks for many fills nothing."""
    ends = int((at + NONCE_LIFE).timestamp())
    return _nonce_signer(purpose).sign(f"{secrets.token_urlsafe(24)}.{ends}")


@transaction.atomic
def use_nonce(*, purpose: str, nonce: str, at: datetime) -> bool:
    """Whether the nonce was given out for that purpose, is not too old, and was not used; it is used now."""
    try:
        ends = int(_nonce_signer(purpose).unsign(nonce).rpartition(".")[2])
    except BadSignature:
        return False
    if ends <= at.timestamp():
        return False
    NonceRow.objects.filter(expires_at__lt=at).delete()
    used = NonceRow(purpose=purpose, nonce_sha256=secret_digest(nonce), expires_at=datetime.fromtimestamp(ends, UTC))
    NonceRow.objects.bulk_create([used], ignore_conflicts=True)
    return NonceRow.objects.filter(id=used.id).exists()


def _nonce_signer(purpose: str) -> Signer:
    return Signer(salt=f"linkspan.nonce:{purpose}")
