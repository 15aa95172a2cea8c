"""Tokens of people for the API: made and revoked by their owner."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import get_random_string

from linkspan.accounts.models import PersonTokenRow, User
from linkspan.accounts.queries.tokens import good_tokens
from linkspan.accounts.rules.tokens import MOST_TOKENS, TokenScope, check_token
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, Refused


@transaction.atomic
def make_token(
    *,
    actor: Actor,
    now: datetime,
    name: str = "A program",
    scopes: Collection[str] = tuple(TokenScope),
    days: int = 30,
) -> str:
    """A token by which a program calls the API as this person, for days of real time; shown once, and not kept."""
    name, wanted = " ".join(name.split()), sorted(set(scopes))
    check_token(name, wanted, days)
    person = User.objects.select_for_update().get(id=actor.own_id)
    if good_tokens(person.id).count() >= MOST_TOKENS:
        raise Refused("too_many_tokens", "You have {most} tokens. Revoke one first.", most=MOST_TOKENS)
    token = f"lsp_{get_random_string(43)}"
    row = PersonTokenRow.objects.create(
        user=person,
        name=name,
        scopes=wanted,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        made_at=now,
        ends_at=real_now() + timedelta(days=days),
        sign_ins_ended=person.sign_ins_ended,
    )
    after = {"name": name, "scopes": wanted, "ends_at": row.ends_at}
    audit.record(actor=actor, verb="make_token", subject=f"accounts.user:{person.id}", now=now, after=after)
    return token


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: UUID, now: datetime) -> None:
    """End one of one's own tokens, at once; a second time changes nothing."""
    row = PersonTokenRow.objects.select_for_update().filter(id=token_id, user_id=actor.own_id).first()
    if row is None:
        raise NotFound("token_unknown", "There is no such token.")
    if row.revoked_at is None:
        row.revoked_at = real_now()
        row.save(update_fields=["revoked_at"])
        subject, before = f"accounts.user:{row.user_id}", {"name": row.name}
        audit.record(actor=actor, verb="revoke_token", subject=subject, now=now, before=before)
