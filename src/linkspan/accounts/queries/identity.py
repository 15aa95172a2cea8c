"""Reads of identity checks."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from linkspan.accounts.models import IdentityCheck
from linkspan.accounts.queries.people import people_at_work, ties_of
from linkspan.accounts.rules import (
    IDENTITY_CHECKERS,
    Identity,
    IdentityState,
    holds_any,
    may_check_identity,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.refusals import Refusal


def accepted_identity(learner_id: UUID) -> Identity | None:
    """The newest accepted identity evidence of a learner, or None."""
    row = (
        IdentityCheck.objects.filter(learner_id=learner_id, state=IdentityState.ACCEPTED)
        .order_by("-checked_at")
        .first()
    )
    return _identity(row) if row else None


def identity_of(actor: Actor, learner_id: UUID, now: datetime) -> tuple[Identity, ...]:
    """All identity evidence of a learner, newest first: their own, or for staff who check it."""
    own = actor.is_person(learner_id)
    permit(own or may_check_identity(actor, learner_id, ties_of([learner_id], now)[learner_id]), "see this evidence")
    rows = IdentityCheck.objects.filter(learner_id=learner_id).order_by("-submitted_at")
    return tuple(_identity(row) for row in rows)


def identity_queue(actor: Actor, now: datetime) -> tuple[Identity, ...]:
    """Identity evidence that waits for a check by the actor, oldest first."""
    permit(holds_any(actor, IDENTITY_CHECKERS), "check identity evidence")
    rows = IdentityCheck.objects.filter(state=IdentityState.SUBMITTED).order_by("submitted_at", "id")
    waiting = [_identity(row) for row in rows]
    mine = people_at_work(actor, {one.learner_id for one in waiting}, IDENTITY_CHECKERS, now)
    said_no = IdentityCheck.objects.filter(learner_id__in=mine, state=IdentityState.REFUSED).order_by("-checked_at")
    before: dict[UUID, list[Refusal]] = {}
    for row in said_no:
        told = Refusal(row.legal_name, row.checked_at or row.submitted_at, row.reason)
        before.setdefault(row.learner_id, []).append(told)
    shown = [one for one in waiting if one.learner_id in mine][:200]
    return tuple(replace(one, refused_before=tuple(before.get(one.learner_id, ()))) for one in shown)


def _identity(row: IdentityCheck) -> Identity:
    return Identity(
        row.id,
        row.learner_id,
        row.legal_name,
        row.document_sha256,
        IdentityState(row.state),
        row.submitted_at,
        row.checked_at,
        row.reason,
    )
