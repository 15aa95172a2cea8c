"""Partners of an institution: a registrar lets one have people sign in by their account here, or no more."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from linkspan.accounts.engines.authorisation import end, hashed
from linkspan.accounts.engines.identity_tokens import new_sector_key, new_token_key
from linkspan.accounts.models import ApplicationRow, ConnectionRow, OpenIdKeyRow
from linkspan.accounts.rules.partners import (
    MOST_PARTNERS,
    NewPartner,
    may_manage_partners,
    read_name,
    read_places,
    read_scopes,
)
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit, stated
from linkspan.kernel.locks import one_at_a_time


def register_partner(
    *,
    actor: Actor,
    institution: str,
    name: str,
    redirect_uris: Sequence[str],
    privacy: str,
    scopes: Iterable[str],
    reason: str,
    at: datetime,
    now: datetime,
) -> NewPartner:
    """Register a partner that people of an institution may sign in to; its secret is told once.

    Refused (`too_many_partners`) at 50 of them.
    """
    permit(may_manage_partners(actor, institution), "decide to whom people of this institution sign in")
    called, why, wanted = read_name(name), stated(reason), read_scopes(scopes)
    places, policy = read_places(redirect_uris, privacy)
    made = None if OpenIdKeyRow.objects.exists() else storage.sealed(new_token_key())
    client_id, secret, host = secrets.token_urlsafe(24), secrets.token_urlsafe(32), urlsplit(places[0]).netloc.lower()
    with transaction.atomic():
        one_at_a_time("accounts.partners")
        if made is not None:
            OpenIdKeyRow.objects.create(secret=made, made_at=at)
        rows = ApplicationRow.objects.exclude(partner_of="")
        if rows.filter(partner_of=institution, ended_at=None).count() >= MOST_PARTNERS:
            raise Refused("too_many_partners", "You registered {most} partners. End one first.", most=MOST_PARTNERS)
        before = rows.filter(addresses__host=host).order_by("registered_at").first()
        row = ApplicationRow.objects.create(
            client_id=client_id,
            secret_sha256=hashed(secret),
            name=called,
            addresses={"host": host, "client_uri": f"https://{host}/", "tos_uri": "", "policy_uri": policy},
            software_id="",
            software_version="",
            redirect_uris=list(places),
            scopes=[str(scope) for scope in wanted],
            registered_at=at,
            used_at=at,
            partner_of=institution,
            sector_key=before.sector_key if before else storage.sealed(new_sector_key()),
        )
        after = {"name": called, "host": host, "scopes": row.scopes}
        _note(actor, "register_partner", row, now, why, after)
    return NewPartner(row.id, client_id, secret)


@transaction.atomic
def end_partner(*, actor: Actor, partner_id: UUID, reason: str, at: datetime, now: datetime) -> None:
    """Have nobody sign in to a partner any more, at once, for a stated reason; a second time changes nothing."""
    row = ApplicationRow.objects.select_for_update().filter(id=partner_id).exclude(partner_of="").first()
    if row is None or not may_manage_partners(actor, row.partner_of):
        raise NotFound("partner_unknown", "Your institution has no such partner.")
    why = stated(reason)
    if row.ended_at is not None:
        return
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    for connection in ConnectionRow.objects.filter(application=row, ends_at__gt=at):
        end(connection, at)
    _note(actor, "end_partner", row, now, why, {"name": row.name})


def _note(actor: Actor, verb: str, row: ApplicationRow, now: datetime, why: str, after: dict[str, object]) -> None:
    subject = f"institutions.institution:{row.partner_of}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=why)
