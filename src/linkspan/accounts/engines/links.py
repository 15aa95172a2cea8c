"""Links of invitations: signed, so that nothing that opens an account is stored."""

from functools import partial
from uuid import UUID

from django.core.signing import BadSignature, Signer

_signer = partial(Signer, salt="linkspan.accounts.invitation")


def token_of(invitation_id: UUID) -> str:
    """The part of the link that stands for the invitation."""
    return _signer().sign(invitation_id.hex).replace(":", ".")


def invitation_in(token: str) -> UUID | None:
    """The invitation that a token stands for, or None if it was not made here."""
    try:
        return UUID(_signer().unsign(token.replace(".", ":")))
    except (BadSignature, ValueError):
        return None
