"""Signed envelopes between an institution and the partners that it named, for what higher domains send them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkspan.kernel import storage
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable
from linkspan.kernel.outside import network_policy
from linkspan.pathways.actions.exchange import identity_of
from linkspan.pathways.engines.exchange import (
    RECORD_SERVICE,
    Wire,
    check_signature,
    payload_of,
    service_of,
    signed_message,
)
from linkspan.pathways.models import PartnerRow
from linkspan.pathways.rules.life.exchange import MESSAGE_FORMAT, body_sha256, check_message_format
from linkspan.vc.errors import VcError
from linkspan.vc.strict_json import parse

__all__ = ["Opened", "Wire", "body_sha256", "open_answer", "open_envelope", "partner_did", "seal", "send_record_to"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a partner's server said: the partner's short name and DID here, and the body whose signature holds."""

    partner: str
    sender: str
    body: Mapping[str, Any]
    sha256: str


def partner_did(institution: str, code: str) -> str:
    """The DID under which an institution here knows a partner's server; NotFound if it named none."""
    row = PartnerRow.objects.filter(institution=institution, code=code).first()
    if row is None:
        raise NotFound(
            "partner_unknown",
            "{institution} has named no server of {code}. Its registrar can.",
            institution=institution,
            code=code,
        )
    return row.did


def seal(institution: str, recipient: str, body: Mapping[str, Any], typ: str) -> dict[str, Any]:
    """The body with its format, `from` and `to`, signed with the institution's exchange key."""
    identity = identity_of(institution)
    told = {**body, "format": MESSAGE_FORMAT, "from": identity.did, "to": recipient}
    return signed_message(told, identity.did, storage.read(identity.seed_document), typ)


def open_envelope(institution: str, raw: bytes, typ: str, now: datetime, wire: Wire | None = None) -> Opened:
    """What an envelope for an institution here says, once it is shown to come from a partner that it named.

    Unusable for what is no envelope; NotPermitted for one that is for another, of no partner, or not signed by the
    key in the partner's document of now.
    """
    try:
        envelope = parse(raw)
        body = payload_of(envelope)
    except VcError as error:
        raise Unusable("message_unusable", str(error)) from error
    check_message_format(body)
    if body.get("to") != identity_of(institution).did:
        raise NotPermitted("other_recipient", "The message is for another recipient.")
    partner = PartnerRow.objects.filter(institution=institution, did=str(body.get("from"))[:300]).first()
    if partner is None:
        raise NotPermitted("partner_unknown", "The sender is no partner of this institution.")
    check_signature(envelope, partner.did, wire or Wire(network_policy()), now, typ)
    return Opened(partner.code, partner.did, body, body_sha256(body))


def open_answer(
    institution: str, sender: str, envelope: Mapping[str, Any], typ: str, now: datetime, wire: Wire
) -> dict[str, Any]:
    """What the partner's signed answer says; VcError or NotPermitted if it is not the partner's, or for another."""
    body = payload_of(envelope)
    check_signature(envelope, sender, wire, now, typ)
    check_message_format(body)
    if (body.get("from"), body.get("to")) != (sender, identity_of(institution).did):
        raise NotPermitted("other_recipient", "The answer is of another, or for another.")
    return body


def send_record_to(recipient: str, envelope: Mapping[str, Any], wire: Wire | None = None) -> tuple[int, dict[str, Any]]:
    """Post an envelope to where the recipient's document of now takes records; status and answer, 503 for silence."""
    carrier = wire or Wire(network_policy())
    try:
        return carrier.send(service_of(carrier.controller(recipient), RECORD_SERVICE), envelope)
    except VcError as error:
        return 503, {"detail": str(error)}
