"""Reads of a learner's saved pathways, plans, links and calendar."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.signing import BadSignature, Signer

from linkspan.institutions.queries import institutions
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import by_secret, granted
from linkspan.pathways.models import CalendarFeedRow, PlanRow, PlanShareRow, SavedPathwayRow
from linkspan.pathways.queries.network import network_on
from linkspan.pathways.rules.life.deadlines import Deadline, window_deadlines
from linkspan.pathways.rules.life.plans import Plan, Share

#: The opaque part of an address is the row's id with its HMAC: nothing secret is stored, and no address can be guessed.
SHARES = partial(Signer, salt="linkspan.plan-share", sep="~")
FEEDS = partial(Signer, salt="linkspan.calendar-feed", sep="~")


def saved_pathways(actor: Actor) -> frozenset[str]:
    """The agreements that one keeps in view, by id."""
    return _saved(actor.own_id)


def _saved(learner_id: UUID) -> frozenset[str]:
    return frozenset(SavedPathwayRow.objects.filter(learner_id=learner_id).values_list("agreement_id", flat=True))


def plans_of(actor: Actor, learner_id: UUID) -> tuple[Plan, ...]:
    """One's own plans with their links, newest first."""
    permit(actor.is_person(learner_id), "see these plans")
    rows = PlanRow.objects.filter(learner_id=learner_id).prefetch_related("shares").order_by("-at", "-id")
    return tuple(as_plan(row) for row in rows)


def plan(actor: Actor, plan_id: UUID) -> Plan:
    """One of one's own plans; NotFound for anybody else."""
    row = PlanRow.objects.filter(id=plan_id).prefetch_related("shares").first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("plan_unknown", "There is no such plan, or it is not yours.")
    return as_plan(row)


@by_secret
def shared_plan(token: str, now: datetime) -> tuple[Plan, Share]:
    """The plan behind a link; without the answers unless its owner chose to show them. NotFound once it has ended."""
    share_id = _unsigned(SHARES(), token)
    row = PlanShareRow.objects.filter(id=share_id).select_related("plan").first() if share_id else None
    share = as_share(row) if row else None
    if row is None or share is None or not share.works(now):
        raise NotFound("share_unknown", "This link shows nothing (any more). Ask whoever gave it to you for a new one.")
    found = as_plan(row.plan, with_shares=False)
    if not share.with_answers:
        found = Plan(found.id, found.title, found.agreements, found.supposed, (), found.at)
    return found, share


def feed_token(actor: Actor) -> str | None:
    """The opaque part of the address of one's own calendar; None if there is none."""
    row = CalendarFeedRow.objects.filter(learner_id=actor.own_id, revoked_at=None).first()
    return FEEDS().sign(row.id.hex) if row else None


@by_secret
def feed_owner(token: str) -> UUID:
    """Whose calendar an address shows; NotFound if it was revoked or never was."""
    feed_id = _unsigned(FEEDS(), token)
    row = CalendarFeedRow.objects.filter(id=feed_id, revoked_at=None).first() if feed_id else None
    if row is None:
        raise NotFound("feed_unknown", "There is no such calendar (any more).")
    return row.learner_id


@granted
def watched_agreements(learner_id: UUID) -> frozenset[str]:
    """Saved pathways and those of one's plans."""
    planned = PlanRow.objects.filter(learner_id=learner_id).values_list("agreements", flat=True)
    return _saved(learner_id) | {name for names in planned for name in names}


def who_saved(agreement_id: str) -> frozenset[UUID]:
    """Who keeps an agreement in view, for notices."""
    return frozenset(SavedPathwayRow.objects.filter(agreement_id=agreement_id).values_list("learner_id", flat=True))


def deadlines_of(agreement_ids: Iterable[str], now: datetime) -> tuple[Deadline, ...]:
    """The windows of public agreements, in the receiving institutions' zones."""
    wanted = set(agreement_ids)
    schools = {school.code: school for school in institutions()} if wanted else {}
    found: list[Deadline] = []
    for row in network_on(now.date()) if wanted else ():
        school = schools.get(row.agreement.receiving)
        if row.agreement.id in wanted:
            zone = ZoneInfo(school.time_zone if school else "UTC")
            found += window_deadlines(row.agreement.terms, school.name if school else row.agreement.receiving, zone)
    return tuple(found)


def _unsigned(signer: Signer, token: str) -> UUID | None:
    try:
        return UUID(hex=signer.unsign(token))
    except (BadSignature, ValueError):
        return None


def as_share(row: PlanShareRow) -> Share:
    """A row as a value."""
    return Share(row.id, SHARES().sign(row.id.hex), row.with_answers, row.at, row.expires_at, row.revoked_at)


def as_plan(row: PlanRow, *, with_shares: bool = True) -> Plan:
    """A row, with its links, as a value."""
    shares = tuple(as_share(share) for share in sorted(row.shares.all(), key=lambda s: s.at)) if with_shares else ()
    return Plan(row.id, row.title, tuple(row.agreements), row.supposed, tuple(row.answers), row.at, shares)
