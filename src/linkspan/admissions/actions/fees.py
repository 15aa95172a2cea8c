"""The application fee with its waiver, and the deposit that keeps an accepted place."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.events import WaiverDecided
from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.queries import as_application, owes_fee
from linkspan.admissions.rules.acts import check_waivable, check_waiver_asked
from linkspan.admissions.rules.applications import Application, Waiver, may_decide
from linkspan.admissions.rules.terms import terms_of
from linkspan.finance.actions import cancel, charge
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Unusable, permit
from linkspan.pathways.queries import agreement_on

SYSTEM = system_actor("admissions")


def charge_deposit(row: ApplicationRow, now: datetime) -> None:
    """Charge what the agreement asks of somebody who takes a place; nothing if it asks for none."""
    deposit = terms_of(agreement_on(row.round.agreement_id, now.date()).terms).deposit
    if deposit is not None:
        row.deposit_charge_id = charge(
            actor=SYSTEM,
            learner_id=row.learner_id,
            subject=f"deposit:{row.round.institution} {row.round.title}, {row.round.term}"[:200],
            amount=deposit,
            institution=row.round.institution,
            now=now,
        )
        row.save(update_fields=["deposit_charge_id"])


@transaction.atomic
def ask_waiver(*, actor: Actor, application_id: UUID, reason: str, now: datetime) -> Application:
    """Ask not to have to pay the application fee; reviewers never see that somebody asked."""
    row = application_row(application_id)
    permit(actor.is_person(row.learner_id), "ask for somebody else")
    terms = terms_of(agreement_on(row.round.agreement_id, now.date()).terms)
    check_waivable(terms, owes_fee(row), row.waiver)
    if not reason.strip():
        raise Unusable("reason_missing", "Say in a sentence why you ask.")
    row.waiver, row.waiver_reason = Waiver.ASKED, reason.strip()[:2000]
    row.save(update_fields=["waiver", "waiver_reason"])
    audit.record(actor=actor, verb="ask_waiver", subject=f"admissions.application:{row.id}", now=now)
    return as_application(row)


@transaction.atomic
def decide_waiver(*, actor: Actor, application_id: UUID, grant: bool, reason: str, now: datetime) -> Application:
    """Waive the fee, or not; a refusal says why."""
    row = application_row(application_id)
    permit(may_decide(actor, row.learner_id, row.round.institution), "decide this request")
    check_waiver_asked(row.waiver)
    if not grant and not reason.strip():
        raise Unusable("reason_missing", "Say why the fee is not waived.")
    row.waiver = Waiver.GRANTED if grant else Waiver.REFUSED
    row.save(update_fields=["waiver"])
    if grant and row.fee_charge_id is not None:
        cancel(actor=SYSTEM, charge_id=row.fee_charge_id, reason="The fee is waived.", now=now)
    subject, after = f"admissions.application:{row.id}", {"waiver": row.waiver}
    audit.record(actor=actor, verb="decide_waiver", subject=subject, now=now, after=after, why=reason)
    outbox.publish(WaiverDecided(row.learner_id, row.id, row.round.title, row.waiver, reason), now=now)
    return as_application(row)
