"""What becomes of many credentials at once, looked at first."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.standing import reinstate_credential, revoke_credential, suspend_credential
from linkspan.credentials.rules import CredentialState
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import Unusable

#: As many as are changed in one request.
MOST_CHANGED = 500
CHANGES: Mapping[CredentialState, Callable[..., None]] = {
    CredentialState.SUSPENDED: suspend_credential,
    CredentialState.ACTIVE: reinstate_credential,
    CredentialState.REVOKED: revoke_credential,
}


def change_credentials(
    *,
    actor: Actor,
    credential_ids: Collection[UUID],
    to: CredentialState,
    reason: str,
    now: datetime,
    trial: bool = False,
) -> Each[UUID, UUID]:
    """Suspend, reinstate or revoke each by itself, and say which could not be; a trial leaves everything as it was."""
    if to not in CHANGES:
        raise Unusable("state_unusable", "Choose suspended, active or revoked.")
    if not 0 < len(credential_ids) <= MOST_CHANGED:
        raise Unusable("number_chosen", "Choose 1 to {most} credentials.", most=MOST_CHANGED)
    if not trial and not reason.strip():
        raise Unusable("reason_missing", "Say why: the holder reads it.")
    why = reason if reason.strip() or not trial else "-"

    def change(credential_id: UUID) -> UUID:
        CHANGES[to](actor=actor, credential_id=credential_id, reason=why, now=now)
        return credential_id

    with transaction.atomic():
        found = each(dict.fromkeys(credential_ids), change)
        transaction.set_rollback(trial)
    return found
