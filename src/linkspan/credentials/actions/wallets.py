"""A credential goes to its holder's wallet: offered, the code redeemed, the key proven, a bound copy signed.

OpenID4VCI 1.0, pre-authorised code flow. `at` is real time, by which codes, tokens and proofs live; `now` is the
domain's. What is refused carries the error code of the specification, which faces answer with.
"""

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F

from linkspan.credentials.actions.choices import bind_did
from linkspan.credentials.actions.store import append_to_log
from linkspan.credentials.models import CredentialRow, NonceRow, WalletCopyRow, WalletOfferRow, WalletTokenRow
from linkspan.credentials.queries import takes_four_eyes
from linkspan.credentials.queries.wallets import selective_type, wallet_places
from linkspan.credentials.rules import CredentialState, IssueKind
from linkspan.credentials.rules.wallets import (
    CODE_LIFE,
    DIGITS,
    MOST_TRIES,
    NONCE_LIFE,
    TOKEN_LIFE,
    Offered,
    bound_to,
    secret_digest,
)
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit
from linkspan.vc import VcError, openid4vci
from linkspan.vc.gate import Approval, digest
from linkspan.vc.keys import jwk_of
from linkspan.vc.sealers import Bound
from linkspan.vc.verify import digest_of


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
    offer = WalletOfferRow.objects.create(
        credential=row,
        code_sha256=secret_digest(code),
        digits_sha256=secret_digest(f"{code}:{digits}"),
        expires_at=at + CODE_LIFE,
    )
    issuer = wallet_places(row.institution).issuer
    offered = openid4vci.offer(issuer, [openid4vci.BADGE, openid4vci.SELECTIVE], code, digits=DIGITS)
    audit.record(actor=actor, verb="offer_to_wallet", subject=f"credentials.credential:{row.id}", now=now)
    return Offered(offer.id, openid4vci.offer_link(offered), digits, offer.expires_at)


def redeem_code(*, institution: str, code: str, digits: str, at: datetime) -> str:
    """An access token for an offer's code and digits, once. Unusable (`invalid_grant`) says no more than it must.

    A wrong guess is counted even though it fails, so that digits cannot be tried out.
    """
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
        WalletTokenRow.objects.create(offer=offer, token_sha256=secret_digest(token), expires_at=at + TOKEN_LIFE)
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


def deliver_to_wallet(
    *, institution: str, token: str, configuration: str, proof: str, at: datetime, now: datetime
) -> dict[str, Any] | str:
    """The credential bound to the key that the proof shows: a signed badge, or an SD-JWT as text.

    NotPermitted (`invalid_token`), Unusable (`invalid_proof`, `invalid_nonce`, `unknown_credential_configuration`),
    Refused (`credential_request_denied`) if the credential is no longer active. The holder is bound to the key, and so
    is the access token from its first use on: with a new nonce the wallet may ask again until it has the credential.
    """
    row, proven = _bound(institution, token, configuration, proof, at)
    signed = _copy(row, proven, configuration, now)
    _handed_over(row.id, proven, configuration, signed, now)
    return signed


@transaction.atomic
def _bound(
    institution: str, token: str, configuration: str, proof: str, at: datetime
) -> tuple[CredentialRow, openid4vci.Proven]:
    """The credential that the token opens, and the key that was proven; the token belongs to the key from now on."""
    held = WalletTokenRow.objects.filter(
        token_sha256=secret_digest(token), expires_at__gt=at, offer__credential__institution=institution
    )
    access = held.select_related("offer").select_for_update(of=("self",)).first()
    if access is None:
        raise NotPermitted("invalid_token", "The access token is wrong or too old. Make a new offer.")
    if configuration not in (openid4vci.BADGE, openid4vci.SELECTIVE):
        raise Unusable(
            "unknown_credential_configuration", "{configuration} is not offered.", configuration=repr(configuration)
        )
    proven = _proven(institution, proof, at)
    if access.did not in ("", proven.did):
        raise Unusable("invalid_proof", "This access belongs to another key. Make a new offer for another wallet.")
    row = CredentialRow.objects.get(id=access.offer.credential_id)
    _check_active(row)
    access.did = proven.did
    access.save(update_fields=["did"])
    return row, proven


@transaction.atomic
def _handed_over(
    credential_id: UUID, proven: openid4vci.Proven, configuration: str, signed: dict[str, Any] | str, now: datetime
) -> None:
    """Note the copy that was signed, unless the credential ended meanwhile."""
    row = CredentialRow.objects.select_for_update().get(id=credential_id)
    _check_active(row)
    sha256 = secret_digest(signed.partition("~")[0]) if isinstance(signed, str) else digest_of(signed)
    append_to_log(row.institution, [(signed, None)], now)
    WalletCopyRow.objects.create(credential=row, form=configuration, did=proven.did, sha256=sha256, issued_at=now)
    system = system_actor("wallets")
    bind_did(actor=system, learner_id=row.learner_id, did=proven.did, now=now)
    after = {"did": proven.did, "form": configuration}
    subject = f"credentials.credential:{row.id}"
    audit.record(actor=system, verb="deliver_to_wallet", subject=subject, now=now, after=after)


def _check_active(row: CredentialRow) -> None:
    if row.state != CredentialState.ACTIVE:
        raise Refused("credential_request_denied", "The credential is {state} by now.", state=row.state)


def _proven(institution: str, proof: str, at: datetime) -> openid4vci.Proven:
    try:
        proven = openid4vci.check_proof(proof, audience=wallet_places(institution).issuer, now=at)
    except VcError as error:
        raise Unusable("invalid_proof", error.message) from error
    if not use_nonce(purpose="wallet", nonce=proven.nonce, at=at):
        raise Unusable("invalid_nonce", "The nonce was used, is too old, or was not given out here. Ask for a new one.")
    return proven


def _copy(row: CredentialRow, proven: openid4vci.Proven, configuration: str, now: datetime) -> dict[str, Any] | str:
    sealer = sealer_of(signing_key(row.institution, now), four_eyes=takes_four_eyes(row.institution))
    unsigned = bound_to(row.document, proven.did)
    unsigned["issuer"] = {**unsigned["issuer"], "id": sealer.did}
    approval = _approval(row, unsigned)
    if configuration == openid4vci.SELECTIVE:
        return sealer.seal_selective(
            unsigned, now, Bound(jwk_of(proven.key), selective_type(row.institution), approval)
        )
    return sealer.seal(unsigned, now, approval)


def _approval(row: CredentialRow, unsigned: dict[str, Any]) -> Approval | None:
    """Who stands for a program award stands for its copies: nothing in them was not approved but the holder's key."""
    award = getattr(row, "award", None)
    if row.kind != IssueKind.PROGRAM or award is None:
        return None
    return Approval(digest(unsigned), award.prepared_by, award.decided_by)
