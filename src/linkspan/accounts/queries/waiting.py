"""What waits about accounts: addresses, names to check and to show again, accounts that end or are joined."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from allauth.account.models import EmailAddress
from django.db.models import Exists, Max, Min, OuterRef

from linkspan.accounts.models import AccessReviewRow, DeletionRow, IdentityCheck, MergeRow, RoleGrant
from linkspan.accounts.queries.identity import identity_queue
from linkspan.accounts.queries.merging import merges_waiting
from linkspan.accounts.rules import IDENTITY_CHECKERS, IdentityState, holds_any, joins_accounts
from linkspan.kernel.waiting import Open, What, Whose, part, together

#: How often the list of roles of an institution is signed off, and after which part of that time it is asked for.
REVIEWED_EVERY, ASKED_AFTER = timedelta(days=365), 0.75


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """What a person has to do about the account, and what waits for those whose work is with them."""
    names = whose.of(IdentityCheck.objects.all(), school="")
    newer = IdentityCheck.objects.filter(learner_id=OuterRef("learner_id"), submitted_at__gt=OuterRef("submitted_at"))
    refused = names.filter(~Exists(newer), state=IdentityState.REFUSED, checked_at__isnull=False)
    ends = whose.of(DeletionRow.objects.filter(withdrawn_at=None, done_at=None), school="")
    merges = MergeRow.objects.filter(own=False, closed_at=None, done_at=None)
    addresses = whose.of(EmailAddress.objects.filter(verified=False), "user_id", "")
    told = {"title": "", "institution": ""}
    yield from together(
        whose,
        part(
            What.CONFIRM_ADDRESS,
            addresses,
            id="user_id",
            title="email",
            institution="",
            learner="user_id",
            since="user__date_joined",
        ),
        part(What.CHECK_NAME, names.filter(state=IdentityState.SUBMITTED), since="submitted_at", **told),
        part(What.SHOW_NAME_AGAIN, refused, since="checked_at", **told),
        part(What.DELETION, ends, since="asked_at", until="due_at", **told),
        part(What.APPROVE_MERGE, whose.of(merges, "", ""), since="asked_at", but_not="asked_by_id", **told),
    )
    yield from _at_work(whose, now)
    if whose.learner is None and whose.wants(What.REVIEW_ACCESS):
        yield from _reviews(whose, now)


def _reviews(whose: Whose, now: datetime) -> Iterator[Open]:
    """Institutions whose list of roles was not signed off for long, counted from the first role there."""
    begun = whose.of(RoleGrant.objects.exclude(institution="")).order_by().values_list("institution")
    signed = whose.of(AccessReviewRow.objects.exclude(institution="")).order_by().values_list("institution")
    last = dict(begun.annotate(Min("granted_at"))) | dict(signed.annotate(Max("at")))
    for school, at in sorted(last.items()):
        if now >= at + REVIEWED_EVERY * ASKED_AFTER:
            told = (uuid5(NAMESPACE_URL, f"roles:{school}"), school, school, school, None, None, None)
            yield Open(What.REVIEW_ACCESS, *told, at, at + REVIEWED_EVERY)


def _at_work(whose: Whose, now: datetime) -> Iterator[Open]:
    """Names and joined accounts that wait for one person of an office, by what those have to do with its school."""
    if whose.actor is None:
        return
    if whose.wants(What.CHECK_NAME) and holds_any(whose.actor, IDENTITY_CHECKERS):
        for one in identity_queue(whose.actor, now):
            told = ("", one.legal_name, "", one.learner_id, None, one.learner_id, one.submitted_at, None)
            yield Open(What.CHECK_NAME, one.id, *told)
    if whose.wants(What.APPROVE_MERGE) and joins_accounts(whose.actor):
        for merge in merges_waiting(whose.actor, now):
            yield Open(What.APPROVE_MERGE, merge.id, "", "", "", None, None, merge.asked_by_id, merge.asked_at, None)
