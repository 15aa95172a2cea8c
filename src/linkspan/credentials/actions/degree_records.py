"""The record of a degree as a CLR 2.0 transcript, signed by the institution that gives the degree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.claims import claim_draft
from linkspan.credentials.actions.decided import decided, lift_revocation, standing
from linkspan.credentials.actions.drafts import transcript_draft
from linkspan.credentials.actions.standing import revoke_credential
from linkspan.credentials.actions.store import signed_claim
from linkspan.credentials.queries import issued
from linkspan.credentials.rules import STANDING, Issued, IssueKind, may_transcribe
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.vc.badges import Award


def signed_degree_record(claim_id: UUID, *, now: datetime) -> Issued:
    """The record of a claim, signed now if it was not; Waits if the signer does not answer."""
    return issued(signed_claim(claim_id, now))


@transaction.atomic
def claim_degree_record(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    key: str,
    title: str,
    lines: Sequence[Award],
    now: datetime,
) -> UUID:
    """Have the lines of a degree record and the transcript around them signed, for the learner or the school's staff.

    Returns the identifier that the transcript has once it is signed.

    `key` names the degree record among the learner's transcripts: the one before it is superseded. Refused
    (`nothing_stands`) without a line, and (`context_unknown`, with the command that helps) until an operator has added
    the CLR context.
    """
    permit(may_transcribe(actor, learner_id, institution), "ask for this transcript")
    if not lines:
        raise Refused("nothing_stands", "There is no credit and no course yet that a transcript could show.")
    held = standing(learner_id, IssueKind.TRANSCRIPT, key)
    draft = transcript_draft(learner_id, institution, title, ())
    draft = replace(draft, achievement_key=key, lines=tuple(lines), supersedes=held.id if held else None)
    return claim_draft(actor=actor, draft=draft, now=now).id


@transaction.atomic
def withdraw_degree_record(*, actor: Actor, learner_id: UUID, key: str, reason: str, now: datetime) -> None:
    """Revoke the signed transcript of a degree record that is no longer so; nothing if none stands.

    The revocation is lifted at once: what is so now may be asked for and signed again.
    """
    held = decided([learner_id], IssueKind.TRANSCRIPT, key).get(learner_id)
    if held is not None and held.state in STANDING:
        revoke_credential(actor=actor, credential_id=held.id, reason=reason, now=now)
        lift_revocation(actor=actor, credential_id=held.id, reason=reason, now=now)
