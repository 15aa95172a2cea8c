"""What a learner does with pathways: keeps them in view, plans, shares a plan, opens a calendar."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused
from linkspan.pathways.models import CalendarFeedRow, PlanRow, PlanShareRow, SavedPathwayRow
from linkspan.pathways.queries import network_on
from linkspan.pathways.rules.audit.whatif import Supposed, day_of, with_supposed
from linkspan.pathways.rules.life.plans import MOST_PLANS, MOST_SAVED, answer_of, check_plan, share_until
from linkspan.records.queries import learner_record


@transaction.atomic
def keep_pathway(*, actor: Actor, agreement_id: str, keep: bool, now: datetime) -> None:
    """Keep a pathway in view, or no longer; doing it twice changes nothing."""
    rows = SavedPathwayRow.objects.filter(learner_id=actor.own_id)
    if not keep:
        rows.filter(agreement_id=agreement_id).delete()
        return
    if agreement_id not in {row.agreement.id for row in network_on(now.date())}:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    if rows.exclude(agreement_id=agreement_id).count() >= MOST_SAVED:
        raise Refused(
            "too_many_saved", "You keep {most_saved} pathways in view. Take one away first.", most_saved=MOST_SAVED
        )
    SavedPathwayRow.objects.get_or_create(learner_id=actor.own_id, agreement_id=agreement_id, defaults={"at": now})


@transaction.atomic
def save_plan(
    *, actor: Actor, title: str, agreements: Sequence[str], supposed: Supposed | None = None, now: datetime
) -> UUID:
    """Save a plan with today's answers: on the record, or on the record and what is supposed."""
    learner_id = actor.own_id
    record = learner_record(actor, learner_id)
    on = now.date()
    if supposed is not None and not supposed.is_empty:
        record, on = with_supposed(record, supposed), day_of(supposed)
    rows = {row.agreement.id: row for row in network_on(on, record)}
    title, chosen = check_plan(title, agreements, frozenset(rows))
    if PlanRow.objects.filter(learner_id=learner_id).count() >= MOST_PLANS:
        raise Refused("too_many_plans", "You have {most_plans} plans. Delete one first.", most_plans=MOST_PLANS)
    answers = [
        answer_of(a, rows[n].agreement.title, rows[n].agreement.receiving) for n in chosen if (a := rows[n].audit)
    ]
    made = PlanRow.objects.create(
        learner_id=learner_id,
        title=title,
        agreements=list(chosen),
        supposed=supposed.as_json() if supposed and not supposed.is_empty else None,
        answers=answers,
        at=now,
    )
    return made.id


@transaction.atomic
def delete_plan(*, actor: Actor, plan_id: UUID) -> None:
    """Delete one of one's own plans, its links with it."""
    _own_plan(actor, plan_id).delete()


@transaction.atomic
def share_plan(*, actor: Actor, plan_id: UUID, with_answers: bool, days: int, now: datetime) -> UUID:
    """Make a link to a plan; it shows nothing of the record unless `with_answers`."""
    row = _own_plan(actor, plan_id)
    made = PlanShareRow.objects.create(plan=row, with_answers=with_answers, at=now, expires_at=share_until(days, now))
    after = {"plan": plan_id, "with_answers": with_answers, "expires_at": made.expires_at}
    trail.record(actor=actor, verb="share_plan", subject=f"pathways.plan:{plan_id}", now=now, after=after)
    return made.id


@transaction.atomic
def revoke_share(*, actor: Actor, share_id: UUID, now: datetime) -> None:
    """End a link to one's own plan; a second time changes nothing."""
    row = PlanShareRow.objects.select_for_update().filter(id=share_id).first()
    if row is None:
        raise NotFound("share_unknown", "There is no such link.")
    _own_plan(actor, row.plan_id)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        trail.record(actor=actor, verb="revoke_share", subject=f"pathways.plan:{row.plan_id}", now=now)


@transaction.atomic
def open_feed(*, actor: Actor, now: datetime) -> UUID:
    """Open one's calendar under a secret address; an open one stays."""
    row, _ = CalendarFeedRow.objects.get_or_create(learner_id=actor.own_id, revoked_at=None, defaults={"at": now})
    return row.id


@transaction.atomic
def close_feed(*, actor: Actor, now: datetime) -> None:
    """Make the secret address worthless; opening again gives another."""
    CalendarFeedRow.objects.filter(learner_id=actor.own_id, revoked_at=None).update(revoked_at=now)


def _own_plan(actor: Actor, plan_id: UUID) -> PlanRow:
    row = PlanRow.objects.select_for_update().filter(id=plan_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("plan_unknown", "There is no such plan, or it is not yours.")
    return row
