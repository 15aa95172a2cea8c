"""Reads of what can be done with an application now."""

from datetime import datetime
from uuid import UUID

from linkspan.admissions.models import AppealRow
from linkspan.admissions.queries.applications import appeals_about, application, owes_deposit, owes_fee
from linkspan.admissions.queries.intakes import intake
from linkspan.admissions.rules.acts import Case
from linkspan.admissions.rules.applications import Application, may_answer_appeal, may_decide
from linkspan.admissions.rules.terms import appeal_deadline, terms_of
from linkspan.kernel.actor import Actor, system_actor
from linkspan.pathways.queries import agreement_on, holds_on
from linkspan.records.queries import learner_record


def case_of(actor: Actor, application_id: UUID, now: datetime) -> Case:
    """An application that the actor may see, with all that says what can be done with it now."""
    found = application(actor, application_id)
    agreement_id, decided_at = found.round.agreement_id, found.decided_at
    terms = terms_of(agreement_on(agreement_id, now.date()).terms)
    then = terms_of(agreement_on(agreement_id, decided_at.date()).terms) if decided_at else terms
    return Case(
        application=found,
        intake=intake(found.round.intake_id),
        terms=terms,
        fee_open=owes_fee(found),
        deposit_open=owes_deposit(found),
        holds=_holds(actor, found, now),
        appeals=appeals_about(application_id),
        appeal_until=appeal_deadline(then, decided_at),
    )


def appeals_to_answer(actor: Actor, application_id: UUID) -> frozenset[UUID]:
    """The open appeals about an application that the actor may answer."""
    rows = AppealRow.objects.filter(application_id=application_id, upheld=None)
    return frozenset(
        row.id
        for row in rows.select_related("application__round")
        if may_answer_appeal(actor, row.application.learner_id, row.application.round.institution, row.decider_id)
    )


def _holds(actor: Actor, found: Application, now: datetime) -> tuple[str, ...]:
    if not may_decide(actor, found.learner_id, found.round.institution):
        return ()
    record = learner_record(system_actor("admissions"), found.learner_id)
    return holds_on(found.learner_id, record, found.round.agreement_id, now.date())
