"""Delete an account: asked for, thought over, withdrawn or done by the clock."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from linkspan.accounts.actions.erasing import erase_from_trail
from linkspan.accounts.events import AccountDeleted, DeletionAsked, DeletionHeldBack, DeletionWithdrawn
from linkspan.accounts.models import DeletionRow, InvitationRow, User
from linkspan.accounts.queries.deletion import deletion_of, obstacles_of, open_deletions
from linkspan.accounts.rules.deletion import (
    Deletion,
    address_of_nobody,
    check_clear,
    check_reason,
    is_nobody,
    may_delete,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.aliases import old_ids_of
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.forgetting import forget
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.reasons import Sentence, stored

CLOCK = system_actor("deletion of accounts")


@transaction.atomic
def ask_deletion(*, actor: Actor, person_id: UUID, reason: str, now: datetime) -> Deletion:
    """Have an account deleted after the days to think it over; asked again while it waits, it is the same wish.

    Refused (`deletion_obstructed`) with what stands in the way. An operator who asks for somebody says why.
    """
    permit(may_delete(actor, person_id), "delete this account")
    reason = check_reason(reason, needed=not actor.is_person(person_id))
    one_at_a_time(f"deletion {person_id}")
    found = User.objects.filter(id=person_id).first()
    if found is None or is_nobody(found.email):
        raise NotFound("person_unknown", "There is no such account.")
    row = open_deletions().filter(learner_id=person_id).first()
    if row is not None:
        return deletion_of(row)
    check_clear(obstacles_of(person_id))
    row = DeletionRow.objects.create(
        learner_id=person_id,
        asked_at=now,
        asked_by="" if actor.is_person(person_id) else actor.name[:200],
        reason=reason,
        due_at=now + timedelta(days=settings.DELETION_DAYS),
    )
    after = {"due_at": row.due_at}
    audit.record(actor=actor, verb="ask_deletion", subject=_subject(person_id), now=now, after=after, why=reason)
    outbox.publish(DeletionAsked(person_id, row.id, row.due_at), now=now)
    return deletion_of(row)


@transaction.atomic
def withdraw_deletion(*, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Have the account stay; a second time changes nothing."""
    permit(may_delete(actor, person_id), "keep this account")
    row = open_deletions().select_for_update().filter(learner_id=person_id).first()
    if row is not None:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        audit.record(actor=actor, verb="withdraw_deletion", subject=_subject(person_id), now=now)
        outbox.publish(DeletionWithdrawn(person_id, row.id), now=now)


def finish_deletions(*, now: datetime) -> int:
    """Delete the accounts that are due, each by itself; how many were looked at."""
    due = open_deletions().filter(due_at__lte=now).order_by("due_at", "id")
    job = "accounts.delete_accounts"
    found = each_due(job, due, lambda row: _finish(row.id, now), now=now, named=lambda row: row.learner_id)
    return len(found.done)


def _finish(deletion_id: UUID, now: datetime) -> None:
    """Delete the account, or keep what stands in the way where its person reads it.

    One at a time, so that of the last two who give a role one stays.
    """
    one_at_a_time("deletions")
    row = open_deletions().select_for_update().filter(id=deletion_id).first()
    if row is None:
        return
    obstacles = obstacles_of(row.learner_id)
    if obstacles:
        _hold_back(row, obstacles, now)
        return
    person = User.objects.select_for_update().get(id=row.learner_id)
    row.last_address, row.last_locale, row.done_at = person.email, person.locale or "en", now
    row.held_by = []
    row.save()
    _empty(person, now)
    done = forget(person.id)
    for known_as in (*old_ids_of(person.id), person.id):
        erase_from_trail(actor=CLOCK, person_id=known_as, ground="The account was deleted.", now=now)
    after = {str(fate): number for fate, number in done.items()}
    audit.record(actor=CLOCK, verb="delete_account", subject=_subject(person.id), now=now, after=after)
    outbox.publish(AccountDeleted(person.id, row.id), now=now)


def _hold_back(row: DeletionRow, obstacles: tuple[Sentence, ...], now: datetime) -> None:
    held_by = stored(obstacles)
    if held_by != row.held_by:
        row.held_by = held_by
        row.save(update_fields=["held_by"])
        outbox.publish(DeletionHeldBack(row.learner_id, row.id, obstacles[0]), now=now)


def _empty(person: User, now: datetime) -> None:
    """End every way to sign in, and take the address out of the account and out of invitations to it."""
    nobody = address_of_nobody(person.id)
    InvitationRow.objects.filter(email=person.email, closed_at=None).update(closed_at=now)
    InvitationRow.objects.filter(email=person.email).update(email=nobody)
    User.objects.filter(id=person.id).update(
        email=nobody, password=make_password(None), sign_ins_ended=F("sign_ins_ended") + 1
    )


@transaction.atomic
def forget_address(*, deletion_id: UUID) -> None:
    """Forget where the last mail went: it is handed over."""
    DeletionRow.objects.filter(id=deletion_id).update(last_address="", last_locale="")


def _subject(person_id: UUID) -> str:
    return f"accounts.user:{person_id}"
