"""The credential of a degree that a school has conferred, and its revocation, both decided by two registrars there."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.claims import claim_draft
from linkspan.credentials.actions.decided import decided, lift_revocation
from linkspan.credentials.actions.drafts import degree_draft
from linkspan.credentials.actions.standing import revoke_credential
from linkspan.credentials.rules import STANDING, IssueKind
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.vc.badges import Award


@transaction.atomic
def claim_degree(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    key: str,
    award: Award,
    prepared_by: str,
    approved_by: str,
    now: datetime,
) -> UUID:
    """Have the credential of a degree signed: it has this identifier once the worker has it. Refused if one stands."""
    permit(actor.is_system, "issue the credential of a degree")
    draft = degree_draft(learner_id, institution, key, award, prepared_by=prepared_by, approved_by=approved_by)
    return claim_draft(actor=actor, draft=draft, now=now).id


@transaction.atomic
def withdraw_degree(*, actor: Actor, learner_id: UUID, key: str, reason: str, now: datetime) -> None:
    """Revoke the credential of a degree for a reason that the holder reads; Refused while it is not signed yet."""
    permit(actor.is_system, "revoke the credential of a degree")
    held = decided([learner_id], IssueKind.DEGREE, key).get(learner_id)
    if held is None:
        raise Refused("degree_not_signed", "The credential of this degree is not signed yet. Try again later.")
    if held.state in STANDING:
        revoke_credential(actor=actor, credential_id=held.id, reason=reason, now=now)


@transaction.atomic
def clear_degree(*, actor: Actor, learner_id: UUID, key: str, reason: str, now: datetime) -> None:
    """Let a degree that was revoked be conferred again; nothing where none was."""
    held = decided([learner_id], IssueKind.DEGREE, key).get(learner_id)
    if held is not None and held.state not in STANDING:
        lift_revocation(actor=actor, credential_id=held.id, reason=reason, now=now)
