"""Join two accounts of one person: the person shows that both are theirs, or two people of the offices say so."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from linkspan.accounts.actions.moving import end_consents, move_ways_in
from linkspan.accounts.engines.proofs import merge_in
from linkspan.accounts.events import AccountsMerged, MergeAsked
from linkspan.accounts.models import InvitationRow, MergeRow, User
from linkspan.accounts.queries.access import is_confirmed
from linkspan.accounts.queries.merging import may_join_these, merged, obstacles_to, open_merges
from linkspan.accounts.rules.deletion import address_of_nobody, is_nobody
from linkspan.accounts.rules.merging import (
    LATE,
    MAIL_AGAIN,
    PROOF_LIFE,
    Merge,
    check_clear,
    check_proved,
    check_reason,
    check_second,
    joins_accounts,
)
from linkspan.kernel import audit, merging, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import address
from linkspan.kernel.aliases import joined_since, present_id
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, permit
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def ask_merge(*, actor: Actor, email: str, now: datetime) -> None:
    """Send a link to the address of another account of one's own; whether there is such an account is not told."""
    found = User.objects.filter(email=address(email), is_active=True).exclude(id=actor.own_id).first()
    if found is None or not is_confirmed(found.id, found.email):
        return
    one_at_a_time(f"merge {actor.own_id}")
    row, made = _own(actor, found, now)
    if made or row.asked_at <= now - MAIL_AGAIN:
        row.asked_at, row.proved_at = now, None
        row.save(update_fields=["asked_at", "proved_at"])
        outbox.publish(MergeAsked(row.id), now=now)


def _own(actor: Actor, found: User, now: datetime) -> tuple[MergeRow, bool]:
    person = User.objects.get(id=actor.own_id)
    told = {"joined_email": found.email, "asked_by_id": person.id, "asked_by": actor.name[:200], "asked_at": now}
    return open_merges().get_or_create(learner_id=person.id, joined_id=found.id, own=True, defaults=told)


@transaction.atomic
def prove_merge(*, actor: Actor, token: str, now: datetime) -> UUID:
    """Note that who asked reads the other account's address, by the link in the mail; the id of the wish."""
    found = merge_in(token, PROOF_LIFE)
    row = open_merges().select_for_update().filter(id=found, own=True).first() if found else None
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound(
            "proof_over",
            "This link was used, has expired, or was asked for by another account. Sign in to that one, or ask anew.",
        )
    return _proved(actor, row, "the link in the mail", now)


@transaction.atomic
def prove_merge_by_password(*, actor: Actor, email: str, password: str, now: datetime) -> UUID:
    """Note that who asks can sign in to the other account; NotPermitted (`password_wrong`) if not. Faces limit it."""
    known = User.objects.filter(email=address(email)).first()
    found = known or User(email=address(email), password=make_password("nobody's"))
    right = found.check_password(password) and known is not None and known.is_active
    if not right or actor.is_person(found.id) or not is_confirmed(found.id, found.email):
        raise NotPermitted("password_wrong", "This is not the address and password of another account of yours.")
    row, _made = _own(actor, found, now)
    return _proved(actor, row, "its password", now)


def _proved(actor: Actor, row: MergeRow, by: str, now: datetime) -> UUID:
    row.proved_at = now
    row.save(update_fields=["proved_at"])
    after = {"joined": row.joined_id, "by": by}
    audit.record(actor=actor, verb="prove_merge", subject=_subject(row.learner_id), now=now, after=after)
    return row.id


@transaction.atomic
def propose_merge(*, actor: Actor, stays: UUID, ends: UUID, reason: str, now: datetime) -> UUID:
    """Prepare that two accounts become one; a second person approves it. Asked again, it is the same one."""
    permit(joins_accounts(actor), "join accounts")
    said = check_reason(reason)
    people = {user.id: user for user in User.objects.filter(id__in=[stays, ends])}
    if len(people) != 2 or any(is_nobody(user.email) for user in people.values()):
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    told = {"joined_email": people[ends].email, "asked_by_id": actor.person_id, "asked_by": actor.name[:200]}
    row = MergeRow(learner_id=stays, joined_id=ends, own=False, asked_at=now, reason=said, **told)
    if not may_join_these(actor, row, now):  # who has nothing to do with them is not told that they are there
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    one_at_a_time(f"merge {stays}")
    held = open_merges().filter(learner_id=stays, joined_id=ends, own=False).first()
    if held is not None:
        return held.id
    row.save()
    audit.record(actor=actor, verb="propose_merge", subject=_subject(stays), now=now, after={"joined": ends}, why=said)
    return row.id


@transaction.atomic
def withdraw_merge(*, actor: Actor, merge_id: UUID, now: datetime) -> None:
    """Have two accounts stay two; a second time changes nothing. Refused once they are one."""
    row = MergeRow.objects.select_for_update().filter(id=merge_id).first()
    mine = row is not None and actor.is_person(row.learner_id) and row.own
    if row is None or not (mine or may_join_these(actor, row, now)):
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    if row.done_at is not None:
        raise Refused("merge_done", "The two accounts are one already.")
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        audit.record(actor=actor, verb="withdraw_merge", subject=_subject(row.learner_id), now=now)


def merge_own_accounts(*, actor: Actor, merge_id: UUID, now: datetime) -> Merge:
    """Join two accounts that the actor has shown to be theirs; done already, nothing changes."""
    return _merge(actor, merge_id, now, own=True)


def approve_merge(*, actor: Actor, merge_id: UUID, now: datetime) -> Merge:
    """Join two accounts that somebody else prepared; done already, nothing changes."""
    return _merge(actor, merge_id, now, own=False)


@transaction.atomic
def _merge(actor: Actor, merge_id: UUID, now: datetime, *, own: bool) -> Merge:
    """Join them, unless something stands in the way; of several at once one after the other."""
    known = MergeRow.objects.filter(id=merge_id, own=own).first()
    if known is None or not (actor.is_person(known.learner_id) if own else may_join_these(actor, known, now)):
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    one_at_a_time(f"account {known.learner_id}", f"account {known.joined_id}")
    row = MergeRow.objects.select_for_update().get(id=merge_id)
    if row.done_at is not None:
        return merged(row)
    if row.closed_at is not None or present_id(row.joined_id) != row.joined_id:
        raise Refused("merge_over", "This is over: it was withdrawn, or one of the accounts was joined already.")
    if own:
        check_proved(actor, merged(row), now)
    else:
        check_second(actor, merged(row))
    users = list(User.objects.select_for_update().filter(id__in=[row.learner_id, row.joined_id]).order_by("id"))
    stays, ends = sorted(users, key=lambda user: user.id == row.joined_id)
    check_clear(obstacles_to(merged(row), now))
    _join(actor, row, stays, ends, now)
    return merged(row)


def _join(actor: Actor, row: MergeRow, stays: User, ends: User, now: datetime) -> None:
    row.done_at, row.approved_by = now, actor.name[:200]
    row.last_address, row.last_locale = ends.email, ends.locale or "en"
    end_consents(ends.id, stays.id, now)
    move_ways_in(stays, ends)
    _empty(stays, ends, now)
    row.moved = dict(merging.join(ends.id, stays.id, now=now))
    row.save()
    open_merges().filter(learner_id=ends.id).update(closed_at=now)
    open_merges().filter(joined_id=ends.id).update(closed_at=now)
    _note(actor, row, now)
    outbox.publish(AccountsMerged(stays.id, ends.id, row.id), now=now)


def _empty(stays: User, ends: User, now: datetime) -> None:
    """End every way to sign in to the account that ends; what it says of its person stands in the other one."""
    InvitationRow.objects.filter(email=ends.email, closed_at=None).update(closed_at=now)
    User.objects.filter(id=ends.id).update(
        email=address_of_nobody(ends.id),
        password=make_password(None),
        is_active=False,
        sign_ins_ended=F("sign_ins_ended") + 1,
    )
    told = {"name": stays.name or ends.name, "legal_name": stays.legal_name or ends.legal_name}
    User.objects.filter(id=stays.id).update(**told)


def _note(actor: Actor, row: MergeRow, now: datetime) -> None:
    """Write it on the trail of both: the one that ended is found by its old id further on."""
    stays, ends, why = _subject(row.learner_id), _subject(row.joined_id), row.reason
    after = {"joined": row.joined_id, "moved": row.moved}
    audit.record(actor=actor, verb="join_accounts", subject=stays, now=now, after=after, why=why)
    into = {"into": row.learner_id}
    audit.record(actor=actor, verb="end_joined_account", subject=ends, now=now, after=into, why=why)


def bring_late(*, now: datetime) -> int:
    """Bring along what came in for accounts after they were joined, such as by who had begun before; how many pairs."""
    pairs = joined_since(now - LATE)
    done = each_due("accounts.bring_late", pairs, lambda pair: merging.move(*pair), now=now, named=lambda pair: pair[0])
    return len(done.done)


@transaction.atomic
def forget_address_of_merge(*, merge_id: UUID) -> None:
    """Forget where the mail to the account that ended went: it is handed over."""
    MergeRow.objects.filter(id=merge_id).update(last_address="", last_locale="")


def _subject(person_id: UUID) -> str:
    return f"accounts.user:{person_id}"
