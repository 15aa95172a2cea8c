"""Confirming, undoing and releasing acts that cannot be undone afterwards."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.acts.looking import look
from linkspan.kernel.acts.standing import as_planned, may_handle
from linkspan.kernel.acts.values import Act, Asked, Confirmed, Outdated, Planned, PlannedState, act_named, person_now
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable, permit
from linkspan.kernel.events import ActLapsed
from linkspan.kernel.models import PlannedActRow
from linkspan.kernel.outbox.publishing import publish

#: As far ahead as a day can be named.
FARTHEST = timedelta(days=90)


def confirm(act: Act, asked: Asked, confirmed: Confirmed) -> Planned:
    """Confirm what was seen: it takes effect at its time, or at once if it is a learner's own.

    Outdated, with what it would do now, if that is not what was seen any more. Sent twice it acts once; Refused for
    who comes second while another's waits.
    """
    with transaction.atomic():
        held = PlannedActRow.objects.filter(id=confirmed.once).first()
        if held is not None:
            return _same(held, act, asked)
        _check_free(act, asked)
        preview = look(act, asked)
        if preview.seen != confirmed.seen:
            raise Outdated(preview)
        if not preview.changes:
            raise Refused("nothing_changes", "Nothing would change.")
        _check_said(act, confirmed, len(preview.people))
        row = _kept(act, asked, confirmed, len(preview.people))
        if row.release_at <= asked.now:
            _effect(row, act, asked)
    return as_planned(row)


def _same(row: PlannedActRow, act: Act, asked: Asked) -> Planned:
    permit(row.act == act.name and row.actor_id == asked.actor.person_id, "confirm this")
    return as_planned(row)


def _check_free(act: Act, asked: Asked) -> None:
    other = PlannedActRow.objects.filter(act=act.name, subject=asked.subject, state=PlannedState.WAITING).first()
    if other is not None:
        raise Refused(
            "act_waits",
            "{who} confirmed this already. It takes effect on {day}; it can be undone until then.",
            who=other.by,
            day=f"{other.release_at:%Y-%m-%d %H:%M} UTC",
        )


def _check_said(act: Act, confirmed: Confirmed, people: int) -> None:
    if act.takes_reason and not confirmed.reason.strip():
        raise Unusable("reason_missing", "Enter a reason.")
    if not act.own and people > 1 and confirmed.number != people:
        raise Unusable("number_wrong", "Type the number of people to confirm: {number}.", number=people)


def _kept(act: Act, asked: Asked, confirmed: Confirmed, people: int) -> PlannedActRow:
    at_once = act.own or asked.actor.person_id is None
    soonest = asked.now if at_once else asked.now + timedelta(minutes=settings.UNDO_MINUTES)
    wanted = confirmed.release_at
    if wanted is not None and not (asked.now < wanted <= asked.now + FARTHEST):
        raise Unusable("release_unusable", "Choose a day within the next {days} days.", days=FARTHEST.days)
    row = PlannedActRow(
        id=confirmed.once,
        act=act.name,
        subject=asked.subject,
        fields=dict(asked.fields),
        institution=act.school(asked.subject),
        actor_id=asked.actor.person_id,
        by=asked.actor.name,
        reason=confirmed.reason.strip(),
        seen=confirmed.seen,
        people=people,
        confirmed_at=asked.now,
        release_at=soonest if wanted is None or at_once else max(soonest, wanted),
        state=PlannedState.WAITING,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            "act_waits_elsewhere", "Somebody else confirmed this at the same moment. Open the page again."
        ) from None
    if row.release_at > asked.now:
        _trail(asked.actor, row, "confirm_act", asked.now)
    return row


def _trail(actor: Actor, row: PlannedActRow, verb: str, now: datetime) -> None:
    after = {"act": row.act, "of": row.subject, "release_at": row.release_at, "people": row.people}
    audit.record(
        actor=actor,
        verb=verb,
        subject=f"kernel.act:{row.id}",
        now=now,
        after=after,
        why=row.reason,
        institution=row.institution,
    )


def _effect(row: PlannedActRow, act: Act, asked: Asked) -> None:
    act.do(asked)
    row.state, row.ended_at = PlannedState.DONE, asked.now
    row.save(update_fields=["state", "ended_at", "release_at"])


def _locked(planned_id: UUID) -> PlannedActRow:
    row = PlannedActRow.objects.select_for_update().filter(id=planned_id).first()
    if row is None:
        raise NotFound("act_unknown", "There is no such act.")
    return row


@transaction.atomic
def undo(*, actor: Actor, planned_id: UUID, now: datetime) -> Planned:
    """Undo a confirmed act before it takes effect; a second time changes nothing. Refused once it has taken effect."""
    row = _locked(planned_id)
    permit(may_handle(actor, row), "undo this")
    if row.state == PlannedState.UNDONE:
        return as_planned(row)
    _check_waits(row)
    row.state, row.ended_at = PlannedState.UNDONE, now
    row.save(update_fields=["state", "ended_at"])
    _trail(actor, row, "undo_act", now)
    return as_planned(row)


def _check_waits(row: PlannedActRow) -> None:
    if row.state == PlannedState.LAPSED:
        raise Refused("act_lapsed", "What this would have changed was changed meanwhile, so nothing was done.")
    if row.state != PlannedState.WAITING:
        raise Refused("act_done", "This has taken effect or was undone already.")


@transaction.atomic
def release(*, actor: Actor, planned_id: UUID, now: datetime) -> Planned:
    """Let a confirmed act take effect now, for who confirmed it; a second time changes nothing."""
    row = _locked(planned_id)
    permit(row.actor_id is not None and actor.is_person(row.actor_id), "let this take effect")
    if row.state != PlannedState.DONE:
        _check_waits(row)
        row.release_at = now
        _try(row, actor, now)
    return as_planned(row)


def release_due(now: datetime) -> None:
    """Let every confirmed act take effect whose time has come, each by itself."""
    due = PlannedActRow.objects.filter(state=PlannedState.WAITING, release_at__lte=now).order_by("release_at", "id")
    each_due("kernel.release_due", list(due.values_list("id", flat=True)), lambda one: _due(one, now), now=now)


def _due(planned_id: UUID, now: datetime) -> None:
    row = _locked(planned_id)
    if row.state == PlannedState.WAITING and row.actor_id is not None:
        _try(row, None, now)


def _try(row: PlannedActRow, actor: Actor | None, now: datetime) -> None:
    """Do it if it is still what was seen and its person may still do it; else it lapses, and they are told."""
    act = act_named(row.act)
    try:
        person = actor or person_now(row.actor_id) if row.actor_id is not None else None
        if person is None:
            raise NotFound("person_unknown", "There is no such account.")
        asked = Asked(person, row.subject, row.fields, row.reason, now)
        if look(act, asked).seen != row.seen:
            raise Refused("changed_since", "Something was changed since you looked. Look at it again.")
        with transaction.atomic():
            _effect(row, act, asked)
    except LinkspanError as no:
        row.state, row.ended_at = PlannedState.LAPSED, now
        row.save(update_fields=["state", "ended_at"])
        if row.actor_id is not None:
            publish(ActLapsed(row.actor_id, row.id, row.act, no.message), now=now)
