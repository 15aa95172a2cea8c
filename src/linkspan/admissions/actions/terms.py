"""Provisional admission to the admission course, and joining later than offered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.holds import wait_for_holds
from linkspan.admissions.actions.judging import judge_anew
from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.actions.seats import take_seat
from linkspan.admissions.events import ApplicationDecided
from linkspan.admissions.queries import as_application, owes_fee
from linkspan.admissions.rules.acts import check_bridge, check_fee, check_place_taken
from linkspan.admissions.rules.applications import HOLDING, Application, State, may_admit, may_decide, next_state
from linkspan.admissions.rules.terms import (
    MONTH,
    check_deferral,
    later_term,
    only_bridge_missing,
    pass_the_course,
    terms_of,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.reasons import stored
from linkspan.pathways.queries import agreement_on


def admit_provisionally(*, actor: Actor, application_id: UUID, now: datetime) -> Application:
    """Admit somebody to the admission course only: all else of the agreement is met on the day.

    Formal admission is decided later by `decide_application`, when the course is passed.
    """
    wait_for_holds(actor, application_id, now)
    return _admit(actor, application_id, now)


@transaction.atomic
def _admit(actor: Actor, application_id: UUID, now: datetime) -> Application:
    row = application_row(application_id)
    permit(may_decide(actor, row.learner_id, row.round.institution), "decide this application")
    if row.state == State.PROVISIONAL:
        return as_application(row)
    check_fee(owes_fee(row))
    before, row.state = State(row.state), next_state(State(row.state), State.PROVISIONAL)
    terms = terms_of(agreement_on(row.round.agreement_id, now.date()).terms)
    check_bridge(terms)
    _, reasons, found = judge_anew(row, now)
    if terms.bridge is None or not only_bridge_missing(terms, found.as_json()):
        raise Refused("not_only_the_course", "More than the admission course is missing.", reasons)
    if before not in HOLDING:
        take_seat(row.round_id)
    months = terms.bridge.within_months
    row.provisional_until = now + months * MONTH if months else None
    row.reasons = stored([pass_the_course(terms.bridge, row.provisional_until)])
    row.decided_by, row.decider_id, row.decided_at = actor.name, actor.person_id, now
    row.save()
    subject, after = f"admissions.application:{row.id}", {"state": row.state, "audit": row.audit_id}
    audit.record(actor=actor, verb="admit_provisionally", subject=subject, now=now, after=after)
    outbox.publish(ApplicationDecided(row.learner_id, row.id, row.round.title, row.state), now=now)
    return as_application(row)


@transaction.atomic
def defer_joining(*, actor: Actor, application_id: UUID, months: int, now: datetime) -> Application:
    """Join some whole years later than offered, within the agreement's limit; the place is kept."""
    row = application_row(application_id)
    permit(actor.is_person(row.learner_id) or may_admit(actor, row.round.institution), "defer this joining")
    check_place_taken(State(row.state))
    before = row.first_term or row.round.term
    term = later_term(before, months)
    check_deferral(terms_of(agreement_on(row.round.agreement_id, now.date()).terms), row.deferred_months, months)
    row.first_term, row.deferred_months = term, row.deferred_months + months
    row.save(update_fields=["first_term", "deferred_months"])
    subject = f"admissions.application:{row.id}"
    was, after = {"first_term": before}, {"first_term": term}
    audit.record(actor=actor, verb="defer_joining", subject=subject, now=now, before=was, after=after)
    return as_application(row)
