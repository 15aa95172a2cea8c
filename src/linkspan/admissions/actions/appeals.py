"""Appeals against a decision: within the agreement's days, answered in time by somebody else than who decided."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from linkspan.admissions.actions.holds import wait_for_holds
from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.actions.seats import take_seat
from linkspan.admissions.events import AppealDecided, AppealFiled, ApplicationDecided
from linkspan.admissions.models import AppealRow
from linkspan.admissions.queries import as_appeal
from linkspan.admissions.rules.acts import check_decision, check_in_time, check_not_appealed
from linkspan.admissions.rules.applications import Appeal, State, answer_deadline, may_answer_appeal, next_state
from linkspan.admissions.rules.terms import appeal_deadline, terms_of
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.reasons import Sentence, stored
from linkspan.pathways.queries import agreement_on


@transaction.atomic
def file_appeal(*, actor: Actor, application_id: UUID, text: str, now: datetime) -> Appeal:
    """Appeal against the decision of one's own application, while the agreement's days run; one appeal at a time."""
    row = application_row(application_id)
    permit(actor.is_person(row.learner_id), "appeal for somebody else")
    decided_at = check_decision(State(row.state), row.decided_at)
    terms = terms_of(agreement_on(row.round.agreement_id, decided_at.date()).terms)
    check_in_time(appeal_deadline(terms, decided_at), now)
    if not text.strip() or len(text) > 10_000:
        raise Unusable("text_missing", "Say what the decision overlooked, in at most 10,000 characters.")
    check_not_appealed(row.appeals.filter(filed_at__gte=decided_at).exists())
    due = now + timedelta(days=terms.answer_days)
    try:
        with transaction.atomic():
            made = AppealRow.objects.create(
                application=row, decider_id=row.decider_id, text=text.strip(), filed_at=now, due_at=due
            )
    except IntegrityError:
        raise Refused("appealed_already", "An appeal of yours is open already.") from None
    subject = f"admissions.application:{row.id}"
    audit.record(actor=actor, verb="file_appeal", subject=subject, now=now, after={"appeal": made.id, "due": due})
    event = AppealFiled(row.learner_id, row.id, row.round.institution, row.round.title, due.date().isoformat(), made.id)
    outbox.publish(event, now=now)
    return as_appeal(made)


def decide_appeal(*, actor: Actor, appeal_id: UUID, uphold: bool, reason: str, now: datetime) -> Appeal:
    """Answer an appeal with a reason; upheld, it makes an offer. Never by who decided, nor by the applicant."""
    asked = AppealRow.objects.filter(id=appeal_id).first()
    if asked is not None and uphold:
        wait_for_holds(actor, asked.application_id, now)
    return _answer(actor, appeal_id, uphold, reason, now)


@transaction.atomic
def _answer(actor: Actor, appeal_id: UUID, uphold: bool, reason: str, now: datetime) -> Appeal:
    asked = AppealRow.objects.filter(id=appeal_id).first()
    if asked is None:
        raise NotFound("appeal_unknown", "There is no such appeal.")
    row = application_row(asked.application_id)
    found = AppealRow.objects.select_for_update(of=("self",)).get(id=appeal_id)
    allowed = may_answer_appeal(actor, row.learner_id, row.round.institution, found.decider_id)
    permit(allowed, "decide this appeal: somebody else than who decided does")
    if found.upheld is not None:
        raise Refused("appeal_decided", "This appeal is decided.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the applicant reads it.")
    found.upheld, found.decided_by, found.reason = uphold, actor.name, reason.strip()
    found.save()
    if uphold:
        row.state = next_state(State(row.state), State.OFFERED)
        take_seat(row.round_id)
        row.answer_by = answer_deadline(row.round.intake.answer_by, now)
        row.reasons = stored([Sentence("appeal_upheld", "Appeal upheld: {reason}", reason=reason.strip())])
        row.decided_by = actor.name
        row.decider_id, row.decided_at = actor.person_id, now
        row.place = None
        row.save()
        outbox.publish(ApplicationDecided(row.learner_id, row.id, row.round.title, row.state), now=now)
    subject, after = f"admissions.application:{row.id}", {"appeal": found.id, "upheld": uphold}
    audit.record(actor=actor, verb="decide_appeal", subject=subject, now=now, after=after, why=reason)
    words = "upheld" if uphold else "dismissed"
    outbox.publish(AppealDecided(row.learner_id, row.id, row.round.title, words, reason.strip()), now=now)
    return as_appeal(found)
