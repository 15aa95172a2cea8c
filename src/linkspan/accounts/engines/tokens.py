"""Tokens of people for the API: signed and dated, and void once all sign-ins of their holder were ended."""

from functools import partial
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner

TOKEN_DAYS = 30
_signer = partial(TimestampSigner, salt="linkspan.api")


def token_of(person_id: UUID, sign_ins_ended: int) -> str:
    """A bearer token of that person, good for 30 days of real time."""
    return _signer().sign(f"{person_id}/{sign_ins_ended}")


def holder_in(token: str) -> tuple[UUID, int] | None:
    """Whose token it is, and how often their sign-ins had been ended; None if it is forged or old."""
    try:
        person, _, ended = _signer().unsign(token, max_age=TOKEN_DAYS * 86400).partition("/")
        return UUID(person), int(ended)
    except (BadSignature, ValueError):
        return None
