"""A named person decides one application; its learner answers; staff confirm the joining."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.fees import charge_deposit
from linkspan.admissions.actions.holds import wait_for_holds
from linkspan.admissions.actions.judging import judge_anew
from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.actions.seats import moved, release_seat, take_seat
from linkspan.admissions.events import ApplicationDecided, LearnerJoined, OfferAccepted
from linkspan.admissions.models import ApplicationRow, RoundRow
from linkspan.admissions.queries import as_application, as_round, owes_deposit, owes_fee
from linkspan.admissions.rules.acts import check_deposit, check_fee, check_matched, check_scores_open
from linkspan.admissions.rules.applications import (
    HOLDING,
    WAITING,
    Application,
    Mode,
    State,
    answer_deadline,
    may_decide,
    next_state,
)
from linkspan.admissions.rules.reasons import not_needed
from linkspan.admissions.rules.scores import checked_score
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.reasons import Phrase, Sentence, stored


@transaction.atomic
def record_score(*, actor: Actor, application_id: UUID, score: Decimal | int, now: datetime) -> None:
    """Enter the committee's score, a decimal from 0 to 1000; it can be changed until the round is decided."""
    row = application_row(application_id)
    permit(may_decide(actor, row.learner_id, row.round.institution), "score this application")
    score = checked_score(score)
    check_scores_open(as_round(row.round))
    before, row.score, row.scored_by = row.score, score, actor.name
    row.save(update_fields=["score", "scored_by"])
    subject = f"admissions.application:{row.id}"
    audit.record(
        actor=actor, verb="record_score", subject=subject, now=now, before={"score": before}, after={"score": score}
    )


def decide_application(*, actor: Actor, application_id: UUID, admit: bool, reason: str, now: datetime) -> Application:
    """Decide one application: of a rolling round, or of a ranked one after its matching.

    The record is judged anew on the day. Deciding otherwise than the rules propose needs a reason; seats are taken in
    the same transaction and never more than there are. A case on hold is decided neither way until it is released.
    """
    wait_for_holds(actor, application_id, now)
    return _decide(actor, application_id, admit, reason, now)


@transaction.atomic
def _decide(actor: Actor, application_id: UUID, admit: bool, reason: str, now: datetime) -> Application:
    row = application_row(application_id)
    permit(may_decide(actor, row.learner_id, row.round.institution), "decide this application")
    to = State.OFFERED if admit else State.REFUSED
    if row.state == to:
        return as_application(row)
    ranked = RoundRow.objects.filter(intake=row.round.intake, mode=Mode.RANKED).exists()
    check_matched(ranked and row.round.intake.decided_at is None)
    check_fee(owes_fee(row))
    stood = next_state(State(row.state), to) and State(row.state)
    proposed, reasons, _ = judge_anew(row, now)
    if ranked and stood in (State.NO_SEAT, State.NOT_NEEDED):
        proposed = stood
    if proposed != to and not reason.strip():
        raise Unusable(
            "reason_missing", "The rules propose: {proposed}. To decide otherwise, say why.", proposed=proposed
        )
    if admit and stood not in HOLDING:
        take_seat(row.round_id)
    if admit:
        row.answer_by = answer_deadline(row.round.intake.answer_by, now)
    row.state, row.decided_by, row.decider_id, row.decided_at = to, actor.name, actor.person_id, now
    row.reasons = stored([*reasons, *([reason.strip()] if reason.strip() else [])])
    row.save()
    subject = f"admissions.application:{row.id}"
    after = {"state": to, "proposed": proposed, "audit": row.audit_id}
    audit.record(actor=actor, verb="decide_application", subject=subject, now=now, after=after, why=reason)
    outbox.publish(ApplicationDecided(row.learner_id, row.id, row.round.title, to), now=now)
    if not admit and stood in HOLDING:
        release_seat(row.round_id, now)
    return as_application(row)


@transaction.atomic
def answer_offer(*, actor: Actor, application_id: UUID, accept: bool, now: datetime) -> Application:
    """Accept or decline an offer; the same answer again changes nothing."""
    row = application_row(application_id)
    permit(actor.is_person(row.learner_id), "answer somebody else's offer")
    to = State.ACCEPTED if accept else State.DECLINED
    fresh = row.state != to
    answered = moved(actor, row, to, "answer_offer", now)
    if fresh and accept:
        _give_up_others(actor, row, now)
        charge_deposit(row, now)
        outbox.publish(OfferAccepted(row.learner_id, row.id, row.round.title), now=now)
    return answered


def _give_up_others(actor: Actor, accepted: ApplicationRow, now: datetime) -> None:
    """Who takes a place leaves the other lists of the intake; a second offer's seat goes back."""
    others = ApplicationRow.objects.filter(learner_id=accepted.learner_id, round__intake=accepted.round.intake)
    live = others.filter(state__in=WAITING | {State.OFFERED}).exclude(id=accepted.id)
    for other in live.select_for_update(of=("self",)).select_related("round__intake").order_by("id"):
        moved(actor, other, State.NOT_NEEDED, "answer_offer", now)
        to = f"{accepted.round.institution}, {accepted.round.title}"
        other.reasons = stored([not_needed(to, True)])
        other.place = None
        other.save(update_fields=["reasons", "place"])


def lapse_offers(*, actor: Actor, now: datetime) -> int:
    """Let offers lapse that were not answered in time; their seats are free for the next matching. How many lapsed."""
    permit(actor.is_system, "let offers lapse")
    late = ApplicationRow.objects.filter(state=State.OFFERED, answer_by__lte=now).order_by("id")
    ids = list(late.values_list("id", flat=True))
    return sum(each_due("admissions.lapse_offers", ids, lambda one: _lapse(actor, one, now), now=now).done)


def _lapse(actor: Actor, application_id: UUID, now: datetime) -> bool:
    row = application_row(application_id)
    if row.state != State.OFFERED or row.answer_by is None or row.answer_by > now:
        return False
    moved(actor, row, State.LAPSED, "lapse_offer", now)
    words = Phrase("The offer was open until {day} and was not answered.")
    row.reasons = stored([Sentence("offer_lapsed", words, day=f"{row.answer_by:%Y-%m-%d}")])
    row.save(update_fields=["reasons"])
    outbox.publish(ApplicationDecided(row.learner_id, row.id, row.round.title, State.LAPSED), now=now)
    return True


def confirm_joining(*, actor: Actor, application_id: UUID, now: datetime) -> Application:
    """Admissions staff confirm that the learner who accepted has joined formally; credit follows from it."""
    wait_for_holds(actor, application_id, now)
    return _confirm(actor, application_id, now)


@transaction.atomic
def _confirm(actor: Actor, application_id: UUID, now: datetime) -> Application:
    row = application_row(application_id)
    permit(may_decide(actor, row.learner_id, row.round.institution), "confirm this joining")
    if row.state == State.JOINED:
        return as_application(row)
    check_deposit(owes_deposit(row))
    joined = moved(actor, row, State.JOINED, "confirm_joining", now)
    outbox.publish(LearnerJoined(row.learner_id, row.id, row.round.agreement_id, row.audit_id), now=now)
    return joined
