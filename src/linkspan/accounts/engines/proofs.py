"""Links that show that an account is theirs who opens them: signed, and good for a while."""

from datetime import timedelta
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner

_SALT = "linkspan.accounts.merge"


def proof_of(merge_id: UUID) -> str:
    """The part of the link that stands for the wish."""
    return TimestampSigner(salt=_SALT).sign(merge_id.hex).replace(":", ".")


def merge_in(token: str, life: timedelta) -> UUID | None:
    """The wish that a token stands for, or None if it was not made here or is too old."""
    try:
        return UUID(TimestampSigner(salt=_SALT).unsign(token.replace(".", ":"), max_age=life))
    except (BadSignature, ValueError):
        return None
