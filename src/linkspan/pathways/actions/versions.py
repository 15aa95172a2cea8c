"""Versions of agreements: published as they are, moved in their life, succeeded by the next."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.pathways.actions.exchange import tell_partner
from linkspan.pathways.actions.rows import check_terms, closed_until, keep_version, locked_version, move, standing_of
from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.life.exchange import MOVES_TOLD, Kind
from linkspan.pathways.rules.life.lifecycle import (
    MOVES,
    Status,
    check_asked,
    check_teach_out,
    may_edit_agreement,
    next_status,
    terms_sha256,
)

#: Statuses with which a person may enter a version: the others are reached by what both parties do.
ENTERED = frozenset({Status.DRAFT, Status.IN_QUALIFICATION})


@transaction.atomic
def publish_version(*, actor: Actor, document: Mapping[str, Any], now: datetime) -> str:
    """Enter a version with the status its document names; returns the SHA-256 of its terms.

    The same terms again change nothing; others under the same version are Refused, since versions are immutable. Only
    the system, loading a network that was agreed before, enters one that is past review.
    """
    terms = as_agreement(dict(document))
    permit(may_edit_agreement(actor, *terms.sides), "edit this agreement")
    if terms.status not in set(Status):
        raise Unusable("status_unknown", "{agreement} is not a status of an agreement.", agreement=repr(terms.status))
    status = Status(terms.status)
    if not actor.is_system and status not in ENTERED:
        raise Refused(
            "approval_needed",
            "A version becomes {status} when both parties approved it. Enter it as a draft.",
            status=status,
        )
    check_terms(terms)
    row, created = keep_version(terms, now)
    if not created and row.sha256 != terms_sha256(document):
        raise Refused(
            "version_immutable", "Version {version} is published. Publish the next version.", version=row.version
        )
    if created:
        move(actor, row, status, "published", now, effective=min(now.date(), row.valid_from))
    return row.sha256


@transaction.atomic
def move_agreement(
    *,
    actor: Actor,
    agreement_id: str,
    version: int,
    to: Status,
    reason: str,
    now: datetime,
    until: date | None = None,
) -> Status:
    """Move a version in its life; the same move again changes nothing.

    Closing to new entrants names `until`, the last day on which people who are in can finish. A version that becomes
    active supersedes the one before it from its first valid day on.
    """
    row = locked_version(agreement_id, version)
    permit(may_edit_agreement(actor, row.sending, row.receiving), "move this agreement")
    standing = standing_of(row)
    if standing == to:
        return standing
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the reason is part of the agreement's history.")
    next_status(standing, to)
    if not actor.is_system:
        check_asked(standing, to)
    check_teach_out(to, until, closed_until(row), now.date())
    move(actor, row, to, reason.strip(), now, until=until if to == Status.CLOSED else None)
    if to in MOVES_TOLD:
        told = {"status": str(to), "reason": reason.strip(), "until": until.isoformat() if until else None}
        tell_partner(actor, row, Kind.MOVE, now, told)
    if to == Status.ACTIVE:
        _supersede(actor, row, now)
    return to


def _supersede(actor: Actor, row: AgreementVersionRow, now: datetime) -> None:
    """End the earlier versions that this one replaces, from its first valid day on."""
    earlier = AgreementVersionRow.objects.select_for_update().filter(
        agreement_id=row.agreement_id, version__lt=row.version
    )
    for before in earlier.order_by("version"):
        if Status.SUPERSEDED in MOVES[standing_of(before)]:
            why = f"version {row.version} is active"
            move(actor, before, Status.SUPERSEDED, why, now, effective=max(row.valid_from, now.date()))
