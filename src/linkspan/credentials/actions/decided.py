"""What was decided last about an achievement of a learner: the ground on which every new credential stands.

A revoked credential is no gap to be filled. It stands in the way until a named person lifts the revocation.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.drafts import Draft
from linkspan.credentials.models import DECIDES, CredentialRow
from linkspan.credentials.rules import CredentialState, IssueKind, may_lift
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit


def decided(learner_ids: Iterable[UUID], kind: IssueKind, key: str) -> dict[UUID, CredentialRow]:
    """The credential that decides on the achievement, standing or revoked, of each learner who has one."""
    rows = CredentialRow.objects.filter(DECIDES, learner_id__in=list(learner_ids), kind=kind, achievement_key=key)
    return {row.learner_id: row for row in rows}


def standing(learner_id: UUID, kind: IssueKind, key: str) -> CredentialRow | None:
    """The credential that stands, or None; Refused (`revocation_stands`) if the last one was revoked."""
    row = decided([learner_id], kind, key).get(learner_id)
    if row is not None and row.state == CredentialState.REVOKED:
        raise Refused("revocation_stands", why_barred(row))
    return row


def why_barred(row: CredentialRow) -> str:
    """Why no other credential is issued while the revocation stands."""
    return (
        f"{row.title} was revoked on {row.state_changed_at or row.awarded_at:%Y-%m-%d}: {row.state_reason} "
        "It is not awarded again until somebody on the staff lifts the revocation."
    )


def barred(drafts: Sequence[Draft]) -> dict[int, tuple[str, str]]:
    """The drafts, by their place, for which another decision stands, each with a code and why."""
    learners, keys = {draft.learner_id for draft in drafts}, {draft.achievement_key for draft in drafts}
    rows = CredentialRow.objects.filter(DECIDES, learner_id__in=learners, achievement_key__in=keys)
    last = {(row.learner_id, row.kind, row.achievement_key): row for row in rows}
    found: dict[int, tuple[str, str]] = {}
    for place, draft in enumerate(drafts):
        row = last.get((draft.learner_id, draft.kind, draft.achievement_key))
        if row is not None and row.state == CredentialState.REVOKED:
            found[place] = ("revocation_stands", why_barred(row))
        elif row is not None and row.id != draft.supersedes:
            found[place] = ("already_issued", f"{row.title} was issued meanwhile.")
        elif row is None and draft.supersedes is not None:
            found[place] = ("credential_ended", "The credential that it replaces has ended.")
    return found


@transaction.atomic
def lift_revocation(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> None:
    """A person takes back what a revocation decided for the future: the learner may be awarded it again.

    The revoked credential stays revoked. A second time changes nothing.
    """
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(may_lift(actor, row.institution), "lift this revocation")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the revocation is lifted.")
    if row.state != CredentialState.REVOKED:
        raise Refused("not_revoked", "The credential is {state}; there is no revocation to lift.", state=row.state)
    if row.lifted_at is not None:
        return
    row.lifted_at, row.lifted_by, row.lift_reason = now, actor.name, reason.strip()
    row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    subject = f"credentials.credential:{row.id}"
    audit.record(actor=actor, verb="lift_revocation", subject=subject, now=now, why=reason.strip())
