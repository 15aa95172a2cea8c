"""A client shows the key to which its tokens are bound (DPoP, RFC 9449), with each request anew."""

import hashlib
import secrets
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import transaction

from linkspan.accounts.models import UsedProofRow
from linkspan.accounts.rules.applications import PROOF_NONCE_LIFE
from linkspan.kernel.errors import Unusable
from linkspan.vc import VcError, dpop


@transaction.atomic
def prove_possession(*, proof: str, method: str, address: str, at: datetime, token: str = "") -> str:
    """The thumbprint of the key that a proof shows of this request; it is used up.

    Unusable `invalid_dpop_proof`, or `use_dpop_nonce` when it lacks a number that was given out here lately.
    """
    try:
        shown = dpop.check(proof, method=method, address=address, now=at, token=token)
    except VcError as error:
        raise Unusable("invalid_dpop_proof", error.message) from error
    if not _is_good(shown.nonce, at):
        raise Unusable("use_dpop_nonce", "The proof needs the number of the header DPoP-Nonce.")
    number = hashlib.sha256(f"{shown.thumbprint}:{shown.jti}".encode()).hexdigest()
    UsedProofRow.objects.filter(ends_at__lt=at).delete()
    used = UsedProofRow(proof_sha256=number, ends_at=at + dpop.OLDEST + dpop.SKEW)
    UsedProofRow.objects.bulk_create([used], ignore_conflicts=True)
    if not UsedProofRow.objects.filter(id=used.id).exists():
        raise Unusable("invalid_dpop_proof", "The proof was used before. Sign a new one.")
    return shown.thumbprint


def proof_nonce(*, at: datetime) -> str:
    """A number for proofs, good for five minutes. Signed, not stored: whoever asks for many fills nothing."""
    ends = int((at + PROOF_NONCE_LIFE).timestamp())
    return _signer().sign(f"{secrets.token_urlsafe(12)}.{ends}")


def _is_good(nonce: str, at: datetime) -> bool:
    try:
        return int(_signer().unsign(nonce).rpartition(".")[2]) > at.timestamp()
    except (BadSignature, ValueError):
        return False


def _signer() -> Signer:
    return Signer(salt="linkspan.dpop")
