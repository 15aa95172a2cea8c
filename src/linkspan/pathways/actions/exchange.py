"""Agreements between servers: an identity, partners, messages sent in order until they arrive."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.outside import network_policy
from linkspan.pathways.engines.exchange import (
    Wire,
    exchange_did,
    format_read,
    service_of,
    signed_message,
)
from linkspan.pathways.models import AgreementVersionRow, ExchangeIdentityRow, ExchangeMessageRow, PartnerRow
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.life.exchange import Kind, check_readable, may_manage_exchange, message_body, pause_after
from linkspan.pathways.rules.life.lifecycle import parties_of, role_at
from linkspan.vc.errors import VcError

#: Answers that say «not now»; every other answer above 399 is final.
AGAIN = frozenset({408, 425, 429})


@transaction.atomic
def open_exchange(*, actor: Actor, institution: str, now: datetime) -> str:
    """Give an institution of this server its identity for the exchange; returns its did:web. Once, then the same."""
    permit(may_manage_exchange(actor, institution), "open the exchange for this institution")
    did = exchange_did(institution)
    _, created = ExchangeIdentityRow.objects.get_or_create(
        institution=institution, defaults={"did": did, "seed_document": storage.keep(secrets.token_bytes(32))}
    )
    if created:
        trail.record(actor=actor, verb="open_exchange", subject=_subject(institution), now=now, after={"did": did})
    return did


def add_partner(
    *, actor: Actor, institution: str, code: str, did: str, now: datetime, wire: Wire | None = None
) -> None:
    """Say under which did:web a partner exchanges agreements; its document is asked for its endpoint.

    A person compares the DID with what the partner told them by another way: all trust in messages rests on it.
    """
    permit(may_manage_exchange(actor, institution), "name partners of this institution")
    identity = identity_of(institution)
    if code == institution or did == identity.did:
        raise Unusable("partner_unusable", "A partner is another institution.")
    try:
        document = (wire or Wire(network_policy())).controller(did)
        endpoint = service_of(document)
    except VcError as error:
        raise Unusable(
            "partner_unreachable", "The partner's document could not be used: {error}", error=error
        ) from error
    with transaction.atomic():
        PartnerRow.objects.update_or_create(
            institution=institution,
            code=code,
            defaults={"did": did, "endpoint": endpoint, "format": format_read(document), "named_at": now},
        )
        after = {"partner": code, "did": did, "endpoint": endpoint, "format": format_read(document)}
        trail.record(actor=actor, verb="add_partner", subject=_subject(institution), now=now, after=after)


def identity_of(institution: str) -> ExchangeIdentityRow:
    """The identity row of an institution; NotFound if the exchange is not open for it."""
    row = ExchangeIdentityRow.objects.filter(institution=institution).first()
    if row is None:
        raise NotFound(
            "exchange_closed", "{institution} does not exchange agreements from here.", institution=institution
        )
    return row


def tell_partner(
    actor: Actor, row: AgreementVersionRow, kind: Kind, now: datetime, more: Mapping[str, Any] | None = None
) -> None:
    """Write the message of a step to the partner's server, if it has one; in the caller's transaction.

    It leaves by `deliver_messages`; a step that a partner's server took is not told back. Refused if the agreement uses
    what that server does not know.
    """
    sides = parties_of(actor, row.sending, row.receiving)
    if not sides or actor.person_id is None:
        return
    own = str(getattr(row, sides[0]))
    partner = PartnerRow.objects.filter(institution=own, code=row.receiving if own == row.sending else row.sending)
    found = partner.first()
    identity = ExchangeIdentityRow.objects.filter(institution=own).first()
    if found is None or identity is None:
        return
    check_readable(found.code, found.format, Agreement.read(row.document).format or 1)
    message_id = new_id()
    body = message_body(
        message_id=message_id,
        kind=kind,
        sender=identity.did,
        recipient=found.did,
        now=now,
        agreement_id=row.agreement_id,
        version=row.version,
        sha256=row.sha256,
        by=actor.name[:150],
        role=role_at(actor, own) or "",
        more=more or {},
    )
    envelope = signed_message(body, identity.did, storage.read(identity.seed_document))
    ExchangeMessageRow.objects.create(
        id=message_id,
        message_id=body["id"],
        institution=own,
        partner=found.code,
        outgoing=True,
        agreement_id=row.agreement_id,
        kind=kind,
        body=body,
        envelope=envelope,
        at=now,
        next_try_at=now,
    )


def refuse_remote(row: AgreementVersionRow, side: str) -> None:
    """Refused if that side approves on a server of its own: nobody here speaks for it."""
    code, own = str(getattr(row, side)), row.receiving if side == "sending" else row.sending
    if PartnerRow.objects.filter(institution=own, code=code).exists():
        raise Refused("approves_elsewhere", "{code} approves on its own server.", code=code)


def deliver_messages(now: datetime, wire: Wire | None = None) -> int:
    """Send what is due to each partner, in order; one that does not answer is tried again later, ever more rarely.

    Returns how many arrived. The network is asked outside of any transaction.
    """
    carrier = wire or Wire(network_policy())
    waiting = ExchangeMessageRow.objects.filter(outgoing=True, done_at=None).order_by("at", "id")
    stuck: set[tuple[str, str]] = set()

    def send(row: ExchangeMessageRow) -> bool:
        channel = (row.institution, row.partner)
        if channel in stuck:
            return False
        stuck.add(channel)
        if row.next_try_at > now or not _deliver(row, now, carrier):
            return False
        stuck.discard(channel)
        return row.refusal == ""

    job, due = "pathways.deliver_messages", waiting[:200]
    return sum(each_due(job, due, send, now=now, calls_out=True, named=lambda row: row.id).done)


def _deliver(row: ExchangeMessageRow, now: datetime, wire: Wire) -> bool:
    """Whether the message is done with: taken, or refused for good."""
    partner = PartnerRow.objects.get(institution=row.institution, code=row.partner)
    needed = Agreement.read(row.body.get("document") or {}).format or 1
    try:
        check_readable(partner.code, partner.format, needed)
        status, answer = wire.send(partner.endpoint, row.envelope)
    except Refused as error:
        status, answer = 422, {"detail": error.message}
    except VcError as error:
        status, answer = 503, {"detail": str(error)}
    row.tries += 1
    if status < 400:
        row.done_at = now
    elif status >= 500 or status in AGAIN:
        row.next_try_at = now + pause_after(row.tries)
        row.last_error = f"{status}: {answer.get('detail', '')}"[:1000]
        if now.isoformat() >= str(row.body["expires"]):
            row.done_at, row.refusal = now, "it could not be delivered before it expired"
    else:
        row.done_at, row.refusal = now, f"{answer.get('detail') or status}"[:1000]
    row.save(update_fields=["tries", "done_at", "next_try_at", "last_error", "refusal"])
    return row.done_at is not None


def _subject(institution: str) -> str:
    return f"pathways.exchange:{institution}"
