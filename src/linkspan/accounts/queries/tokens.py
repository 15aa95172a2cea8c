"""Reads of people's tokens for the API."""

import hashlib
from uuid import UUID

from django.db.models import F, QuerySet

from linkspan.accounts.models import PersonTokenRow
from linkspan.accounts.queries.doors import entering
from linkspan.accounts.rules.tokens import PersonToken, limited
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.readers import by_secret


def good_tokens(person_id: UUID) -> QuerySet[PersonTokenRow]:
    """A person's tokens that work, newest first."""
    return _good().filter(user_id=person_id).order_by("-made_at", "id")


def tokens_of(actor: Actor) -> tuple[PersonToken, ...]:
    """One's own tokens that work, newest first."""
    rows = good_tokens(actor.own_id)
    return tuple(PersonToken(row.id, row.name, tuple(row.scopes), row.made_at, row.ends_at) for row in rows)


@by_secret
def holder_of(token: str) -> tuple[Actor, tuple[str, ...]] | None:
    """The actor that a token names, as far as it goes, and its scopes; None if it is unknown, old or was ended."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    row = _good().filter(token_sha256=hashed, user__is_active=True).select_related("user").first()
    return (limited(entering(row.user), row.scopes), tuple(row.scopes)) if row else None


def _good() -> QuerySet[PersonTokenRow]:
    return PersonTokenRow.objects.filter(
        revoked_at=None, ends_at__gt=real_now(), sign_ins_ended=F("user__sign_ins_ended")
    )
