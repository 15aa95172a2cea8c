"""Reads of the exchange: public identity and snapshots, one's own partners and messages."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.pathways.engines.exchange import controller_document, endpoint_of
from linkspan.pathways.models import AgreementVersionRow, ExchangeIdentityRow, ExchangeMessageRow, PartnerRow
from linkspan.pathways.queries.agreements import status_of
from linkspan.pathways.rules.life.exchange import may_manage_exchange
from linkspan.pathways.rules.life.lifecycle import Status

#: Statuses in which what both approved is public.
PUBLIC = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.CLOSED, Status.RETIRED})


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's server, as a person here named it, and the format of agreements that it reads."""

    code: str
    did: str
    endpoint: str
    format: int
    named_at: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """A message and what became of it: `refusal` if the other side said no, `last_error` while it is tried again."""

    message_id: str
    partner: str
    outgoing: bool
    kind: str
    agreement_id: str
    at: datetime
    done_at: datetime | None
    tries: int
    refusal: str
    last_error: str


@public
def exchange_document(institution: str) -> dict[str, Any]:
    """The controller document of an institution's exchange identity; public."""
    row = ExchangeIdentityRow.objects.filter(institution=institution).first()
    if row is None:
        raise NotFound("exchange_closed", "There is no exchange identity of that name here.")
    return controller_document(row.did, storage.read(row.seed_document), endpoint_of(institution))


@public
def snapshot(institution: str, agreement_id: str) -> dict[str, Any]:
    """The newest version of an agreement of the institution that both approved and that is public."""
    rows = AgreementVersionRow.objects.filter(agreement_id=agreement_id).prefetch_related("moves", "approvals")
    for row in rows.order_by("-version"):
        status = status_of(row, None)
        if institution in (row.sending, row.receiving) and status in PUBLIC:
            approvals = [
                {"institution": held.institution, "sha256": held.sha256, "at": held.at.isoformat()}
                for held in row.approvals.all()
                if held.withdrawn_at is None
            ]
            return {
                "agreement": row.agreement_id,
                "version": row.version,
                "sha256": row.sha256,
                "status": status,
                "approvals": approvals,
                "document": {**row.document, "status": status},
            }
    raise NotFound(
        "agreement_unknown",
        "No agreement {agreement_id} of {institution} is in force here.",
        agreement_id=agreement_id,
        institution=institution,
    )


def partners_of(actor: Actor, institution: str) -> tuple[Partner, ...]:
    """The partners that one's own institution named."""
    permit(may_manage_exchange(actor, institution), "see the partners of this institution")
    rows = PartnerRow.objects.filter(institution=institution).order_by("code")
    return tuple(Partner(row.code, row.did, row.endpoint, row.format, row.named_at) for row in rows)


@public
def channels() -> dict[str, tuple[str, ...]]:
    """By partner, the institutions here that named a server of it, in one query."""
    rows = PartnerRow.objects.order_by("code", "institution").values_list("code", "institution")
    return {code: tuple(name for _, name in group) for code, group in groupby(rows, key=itemgetter(0))}


def own_identity(actor: Actor, institution: str) -> str:
    """The did:web of one's own institution's exchange; empty if it is not open."""
    permit(may_manage_exchange(actor, institution), "see the exchange of this institution")
    return ExchangeIdentityRow.objects.filter(institution=institution).values_list("did", flat=True).first() or ""


def messages_of(actor: Actor, institution: str) -> tuple[Carried, ...]:
    """The newest 200 messages of one's own institution, newest first."""
    permit(may_manage_exchange(actor, institution), "see the messages of this institution")
    rows = ExchangeMessageRow.objects.filter(institution=institution).order_by("-at", "-id")[:200]
    return tuple(
        Carried(
            row.message_id,
            row.partner,
            row.outgoing,
            row.kind,
            row.agreement_id,
            row.at,
            row.done_at,
            row.tries,
            row.refusal,
            row.last_error,
        )
        for row in rows
    )
