"""Two accounts of one person: what joining them would do, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from linkspan.accounts.engines.proofs import proof_of
from linkspan.accounts.models import Consent, MergeRow, RoleGrant, User
from linkspan.accounts.queries.doors import FACTORS
from linkspan.accounts.queries.people import ties_of
from linkspan.accounts.rules.merging import (
    PROOF_LIFE,
    Account,
    Merge,
    MergeProspect,
    MergeState,
    joins_accounts,
    may_join,
)
from linkspan.kernel import merging
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.reasons import Sentence

#: What consents show: an account without any of it is shown to nobody.
SHOWN = ("records", "credentials", "recognition")
MOST = 200


def merge_of(actor: Actor, merge_id: UUID, now: datetime) -> Merge:
    """One, for its person and for who may join the two accounts; NotFound for everybody else."""
    row = MergeRow.objects.filter(id=merge_id).first()
    if row is None or not (_is_own(actor, row) or (not row.own and may_join_these(actor, row, now))):
        raise NotFound("merge_unknown", "There is no such pair of accounts.")
    return merged(row)


def own_merge(actor: Actor, now: datetime) -> Merge | None:
    """The person's own wish whose proof holds still; None if there is none."""
    fresh = {"own": True, "closed_at": None, "done_at": None, "proved_at__gt": now - PROOF_LIFE}
    row = MergeRow.objects.filter(learner_id=actor.own_id, **fresh).order_by("-proved_at").first()
    return merged(row) if row else None


def merges_waiting(actor: Actor, now: datetime) -> tuple[Merge, ...]:
    """What offices prepared and nobody approved yet, oldest first, as far as the actor may join those accounts."""
    permit(joins_accounts(actor), "join accounts")
    rows = MergeRow.objects.filter(own=False, closed_at=None, done_at=None).order_by("asked_at", "id")[:MOST]
    return tuple(merged(row) for row in rows if may_join_these(actor, row, now))


def merge_between(actor: Actor, *, stays: UUID, ends: UUID) -> Merge | None:
    """What an office prepared for these two; None if nobody did. For the command line."""
    permit(actor.is_system, "look for pairs of accounts")
    row = open_merges().filter(learner_id=stays, joined_id=ends, own=False).first()
    return merged(row) if row else None


def merge_prospect(actor: Actor, merge_id: UUID, now: datetime) -> MergeProspect:
    """What joining the two would do, and what stands in the way."""
    merge = merge_of(actor, merge_id, now)
    stays, ends = (_account(who) for who in (merge.learner_id, merge.joined_id))
    ending = consents_ending(merge.joined_id, merge.learner_id, now)
    schools = tuple(sorted({row.institution for row in ending}))
    return MergeProspect(merge, stays, ends, schools, obstacles_to(merge, now))


def obstacles_to(merge: Merge, now: datetime) -> tuple[Sentence, ...]:
    """Why the two cannot be joined now, for actions that decided who may ask."""
    return (*_of_accounts(merge, now), *merging.obstacles(merge.joined_id, merge.learner_id))


def _of_accounts(merge: Merge, now: datetime) -> Iterable[Sentence]:
    stays, ends = (User.objects.get(id=who) for who in (merge.learner_id, merge.joined_id))
    if not stays.is_active:
        yield Sentence("merge_closed", "The account that would stay is closed.")
    roles = RoleGrant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), user=ends)
    if roles.exists():
        yield Sentence("merge_roles_held", "The account that would end holds roles. Have them ended, or keep that one.")
    if not merge.own:
        return
    if not ends.is_active:
        yield Sentence("merge_closed_other", "The other account is closed. Ask the people who run this site.")
    if Authenticator.objects.filter(user=ends, type__in=FACTORS).exists():
        yield Sentence(
            "merge_second_factor",
            "The other account signs in with a second factor. Sign in to that one, and join this one to it.",
        )
    if stays.legal_name and ends.legal_name and stays.legal_name.casefold() != ends.legal_name.casefold():
        yield Sentence("merge_names_differ", "The two accounts have different legal names. Ask the registrar's office.")


def consents_ending(old: UUID, new: UUID, now: datetime) -> tuple[Consent, ...]:
    """The consents in force of both that would show more than before: none is widened, so they end."""
    found: list[Consent] = []
    held = {who: _in_force(who, now) for who in (old, new)}
    for who, other in ((old, new), (new, old)):
        if any(name in SHOWN for name in merging.counts(other)):
            found += [one for one in held[who] if not any(_covers(two, one) for two in held[other])]
    return tuple(found)


def _in_force(person_id: UUID, now: datetime) -> list[Consent]:
    return list(Consent.objects.filter(learner_id=person_id, revoked_at=None, expires_at__gt=now).order_by("given_at"))


def _covers(other: Consent, one: Consent) -> bool:
    """Whether the other consent shows the same, to the same, for as long."""
    same = (other.institution, other.purpose) == (one.institution, one.purpose)
    return same and set(one.records) <= set(other.records) and one.expires_at <= other.expires_at


def may_join_these(actor: Actor, row: MergeRow, now: datetime) -> bool:
    """Whether the actor may join those two accounts for their person."""
    return joins_accounts(actor) and may_join(actor, ties_of([row.learner_id, row.joined_id], now))


def open_merges() -> QuerySet[MergeRow]:
    """Those that wait."""
    return MergeRow.objects.filter(closed_at=None, done_at=None)


@dataclass(frozen=True, slots=True)
class ProofLink:
    """Where a link goes and in which language, the link's own part, and the name and address of who asks."""

    email: str
    locale: str
    token: str
    who: str
    by: str


def link_to_send(merge_id: UUID) -> ProofLink | None:
    """The link to the other account's address; None if it is over."""
    row = open_merges().filter(id=merge_id, own=True, proved_at=None).first()
    if row is None:
        return None
    found = User.objects.get(id=row.joined_id)
    asks = User.objects.get(id=row.learner_id)
    return ProofLink(found.email, found.locale or "en", proof_of(row.id), asks.name or asks.email, asks.email)


def last_mail_of_merge(merge_id: UUID) -> tuple[str, str] | None:
    """Address and language for the mail to the account that ended; None once it is handed over."""
    row = MergeRow.objects.filter(id=merge_id).exclude(last_address="").first()
    return (row.last_address, row.last_locale) if row else None


def merged(row: MergeRow) -> Merge:
    """A row as a value."""
    state = MergeState.DONE if row.done_at else MergeState.CLOSED if row.closed_at else MergeState.WAITING
    return Merge(
        row.id,
        row.learner_id,
        row.joined_id,
        row.own,
        row.asked_by_id,
        row.asked_by,
        row.asked_at,
        row.reason,
        row.proved_at,
        row.approved_by,
        state,
        row.moved,
    )


def _is_own(actor: Actor, row: MergeRow) -> bool:
    return row.own and row.proved_at is not None and actor.is_person(row.learner_id)


def _account(person_id: UUID) -> Account:
    user = User.objects.get(id=person_id)
    return Account(user.id, user.email, user.name, user.legal_name, merging.counts(person_id))
