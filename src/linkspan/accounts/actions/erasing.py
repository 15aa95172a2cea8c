"""Erase a person from the audit trail."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import person_of
from linkspan.accounts.rules import ERASED_KINDS, may_erase_from_trail
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable, permit


def erase_from_trail(
    *, actor: Actor, person_id: UUID, ground: str, now: datetime, dry_run: bool = False
) -> audit.Erased:
    """Erase the person's name, and the words about their own things, from every chain; the chains still hold.

    What stays, and why: who did which verb to which thing and when, by ids, for the chain; words about money,
    credentials, credit and facts of record, which others rely on and law has kept.
    """
    permit(may_erase_from_trail(actor), "erase people from the trail")
    if not ground.strip():
        raise Unusable("reason_missing", "Give the ground of the erasure.")
    person_of(person_id)
    return audit.erase(
        actor=actor, person_id=person_id, kinds=ERASED_KINDS, ground=ground.strip(), now=now, dry_run=dry_run
    )
