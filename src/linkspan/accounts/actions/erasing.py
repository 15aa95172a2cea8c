"""Erase a person from the audit trail."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.queries import person_id_by_email, person_of
from linkspan.accounts.rules import ERASED_KINDS, may_erase_from_trail
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit


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


def erase_by_email(*, actor: Actor, email: str, ground: str, now: datetime, dry_run: bool = False) -> audit.Erased:
    """Erase the person of that address, as `erase_from_trail` does; NotFound if nobody has it."""
    permit(may_erase_from_trail(actor), "erase people from the trail")
    person_id = person_id_by_email(email)
    if person_id is None:
        raise NotFound("person_unknown", "There is no account with that e-mail address.")
    return erase_from_trail(actor=actor, person_id=person_id, ground=ground, now=now, dry_run=dry_run)
