"""Messages from partners' servers: checked, and applied once under the same rules as steps taken here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.outside import network_policy
from linkspan.pathways.actions.approvals import given_approvals, keep_approval, take_back
from linkspan.pathways.actions.drafts import enter_version
from linkspan.pathways.actions.exchange import identity_of
from linkspan.pathways.actions.rows import locked_version, standing_of
from linkspan.pathways.actions.versions import move_agreement
from linkspan.pathways.engines.exchange import Wire, check_signature, format_read, payload_of
from linkspan.pathways.models import ExchangeMessageRow, PartnerRow
from linkspan.pathways.rules.agreement.formats import check_understood
from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.life.exchange import (
    Kind,
    Message,
    body_sha256,
    check_holds,
    check_side,
    partner_actor,
    read_message,
)
from linkspan.pathways.rules.life.lifecycle import Approval, Status, check_approval, terms_sha256
from linkspan.vc.errors import VcError
from linkspan.vc.strict_json import parse


def receive_message(*, institution: str, raw: bytes, now: datetime, wire: Wire | None = None) -> dict[str, Any]:
    """Take a message for an institution of this server; the answer tells where the version stands.

    The same message again is answered as before and does nothing. Refused or NotPermitted: expired, for another, from
    somebody who is no partner, not signed by the partner's key, another message under a used id, or against the rules.
    """
    try:
        envelope = parse(raw)
        body = payload_of(envelope)
    except VcError as error:
        raise Unusable("message_unusable", str(error)) from error
    message = read_message(body)
    identity = identity_of(institution)
    if message.recipient != identity.did:
        raise NotPermitted("other_recipient", "The message is for another recipient.")
    partner = PartnerRow.objects.filter(institution=institution, did=message.sender).first()
    if partner is None:
        raise NotPermitted("partner_unknown", "The sender is no partner of this institution.")
    earlier = _earlier(institution, message, body)
    if earlier is not None:
        return earlier
    check_holds(message, now)
    reads = format_read(check_signature(envelope, message.sender, wire or Wire(network_policy()), now))
    if partner.format != reads:
        PartnerRow.objects.filter(id=partner.id).update(format=reads)
    with transaction.atomic():
        row, created = ExchangeMessageRow.objects.get_or_create(
            message_id=message.id,
            institution=institution,
            outgoing=False,
            defaults={
                "partner": partner.code,
                "agreement_id": message.agreement_id,
                "kind": message.kind,
                "body": body,
                "envelope": envelope,
                "at": now,
                "next_try_at": now,
            },
        )
        if not created:
            return dict(row.answer or {})
        status = APPLY[message.kind](message, partner.code, institution, now)
        row.answer = {"received": message.id, "agreement": message.agreement_id, "version": message.version}
        row.answer |= {"sha256": message.sha256, "status": str(status)}
        row.done_at = now
        row.save(update_fields=["answer", "done_at"])
        after = jsonable({"kind": message.kind, "agreement": message.agreement_id, "by": message.by})
        actor = partner_actor(partner.code, message.by, message.role)
        subject = f"pathways.exchange:{institution}"
        trail.record(actor=actor, verb="receive_message", subject=subject, now=now, after=after)
        return dict(row.answer)


def _earlier(institution: str, message: Message, body: Mapping[str, Any]) -> dict[str, Any] | None:
    row = ExchangeMessageRow.objects.filter(message_id=message.id, institution=institution, outgoing=False).first()
    if row is None:
        return None
    if body_sha256(row.body) != body_sha256(body):
        raise Refused("message_reused", "Another message came under this identifier.")
    return dict(row.answer or {})


def _propose(message: Message, partner: str, institution: str, now: datetime) -> Status:
    terms = as_agreement(dict(message.document or {}))
    check_understood(terms)
    if (terms.id, terms.version) != (message.agreement_id, message.version):
        raise Unusable("message_unusable", "document: it is of another agreement or version")
    if terms_sha256(terms.as_json()) != message.sha256:
        raise Refused("hash_wrong", "The hash is not that of the terms.")
    if set(terms.sides) != {partner, institution}:
        raise NotPermitted("not_a_party", "The parties of the agreement are not the two of this message.")
    actor = partner_actor(partner, message.by, message.role)
    entered = enter_version(
        actor, terms, Status.PARTNER_REVIEW, message.by, now, sent=message.issued, reason=message.reason.strip()
    )
    return standing_of(entered)


def _approve(message: Message, partner: str, institution: str, now: datetime) -> Status:
    row = locked_version(message.agreement_id, message.version)
    side = check_side(partner, row.sending, row.receiving)
    check_side(institution, row.sending, row.receiving)
    actor, given = partner_actor(partner, message.by, message.role), given_approvals(row)
    if any(approval.party == side for approval in given):
        return standing_of(row)
    check_approval(standing_of(row), given, side, actor, message.sha256, row.sha256)
    approval = Approval(side, partner, row.sha256, None, actor.name, message.role, now)
    return keep_approval(actor, row, approval, now)


def _withdraw(message: Message, partner: str, institution: str, now: datetime) -> Status:
    row = locked_version(message.agreement_id, message.version)
    side = check_side(partner, row.sending, row.receiving)
    check_side(institution, row.sending, row.receiving)
    return take_back(partner_actor(partner, message.by, message.role), row, side, message.reason, now)


def _move(message: Message, partner: str, institution: str, now: datetime) -> Status:
    row = locked_version(message.agreement_id, message.version)
    check_side(partner, row.sending, row.receiving)
    check_side(institution, row.sending, row.receiving)
    if message.sha256 != row.sha256:
        raise Refused("hash_wrong", "The hash is not that of the terms here.")
    assert message.to is not None
    return move_agreement(
        actor=partner_actor(partner, message.by, message.role),
        agreement_id=message.agreement_id,
        version=message.version,
        to=message.to,
        reason=message.reason,
        now=now,
        until=message.until,
    )


APPLY = {Kind.PROPOSAL: _propose, Kind.APPROVAL: _approve, Kind.WITHDRAWAL: _withdraw, Kind.MOVE: _move}
