"""Applications come in, by the applicant or with a file, and are withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from linkspan.admissions.actions.documents import check_draft_seen
from linkspan.admissions.actions.rows import application_row, lock_intake, locked_round
from linkspan.admissions.actions.seats import moved, offer_at_once, serve_waiting
from linkspan.admissions.events import ApplicationSubmitted
from linkspan.admissions.models import ApplicationRow, DraftRow, RoundRow
from linkspan.admissions.queries import as_application, as_round, choices, intake
from linkspan.admissions.rules.applications import (
    Application,
    Mode,
    Round,
    State,
    check_not_withdrawn,
    check_window,
    may_admit,
    order_shown,
)
from linkspan.admissions.rules.scores import checked_score
from linkspan.admissions.rules.terms import Terms, check_applying_again, terms_of
from linkspan.finance.actions import charge
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.versions import check_seen
from linkspan.pathways.actions import store_audit
from linkspan.pathways.queries import agreement_on
from linkspan.pathways.rules import USABLE
from linkspan.records.queries import learner_record

LONGEST_STATEMENT = 10_000


@transaction.atomic
def submit_application(
    *, actor: Actor, round_id: UUID, statement: str, now: datetime, seen: str | None = None
) -> Application:
    """Apply in one's own name. The record is judged and the audit kept as it was seen; unknown is no refusal.

    Refused (`pathway_not_in_force`) while the agreement takes nobody, and (`application_withdrawn`) after withdrawing
    in the same round. A second submission in the same round gives the first one. Changed if another draft was saved
    than the one `seen`.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in to apply.")
    round_ = as_round(locked_round(round_id))
    held = ApplicationRow.objects.filter(learner_id=actor.person_id, round_id=round_id).select_related("round__intake")
    if held.exists():
        check_not_withdrawn(as_application(held[0]))
        return as_application(held[0])
    check_window(round_, now)
    if len(statement) > LONGEST_STATEMENT:
        raise Unusable(
            "statement_too_long",
            "The statement is longer than {longest_statement} characters.",
            longest_statement=LONGEST_STATEMENT,
        )
    check_draft_seen(actor.person_id, round_id, seen, statement)
    try:
        with transaction.atomic():
            row = _apply(actor, actor.person_id, round_, statement, now)
    except IntegrityError:
        return as_application(held.get())
    DraftRow.objects.filter(learner_id=row.learner_id, round_id=round_id).delete()
    subject = f"admissions.application:{row.id}"
    after = {"round": round_id, "audit": row.audit_id, "eligibility": row.eligibility}
    school = row.round.institution
    audit.record(actor=actor, verb="submit_application", subject=subject, now=now, after=after, institution=school)
    outbox.publish(ApplicationSubmitted(row.learner_id, row.id, round_.title), now=now)
    if round_.automatic:
        serve_waiting(round_id, now, before=row)
        offer_at_once(row, now)
    return as_application(row)


def _apply(actor: Actor, learner_id: UUID, round_: Round, statement: str, now: datetime) -> ApplicationRow:
    terms = terms_of(agreement_on(round_.agreement_id, now.date()).terms)
    earlier = ApplicationRow.objects.filter(learner_id=learner_id, round__agreement_id=round_.agreement_id)
    told = earlier.exclude(round_id=round_.id).values_list("state", "submitted_at")
    check_applying_again(terms, [(State(state), at) for state, at in told], now)
    judge = actor if actor.is_person(learner_id) else system_actor("admissions")
    record = learner_record(judge, learner_id)
    audit_id, found = store_audit(
        actor=judge, learner_id=learner_id, record=record, agreement_id=round_.agreement_id, on=now.date(), now=now
    )
    if found.status != USABLE:
        standing = found.status.replace("_", " ")
        raise Refused(
            "pathway_not_in_force", "This pathway is {standing}; it takes no applications now.", standing=standing
        )
    return ApplicationRow.objects.create(
        learner_id=learner_id,
        round_id=round_.id,
        state=State.SUBMITTED,
        audit_id=audit_id,
        eligibility=found.outcome,
        first_term=round_.term,
        fee_charge_id=_charge_fee(learner_id, round_, terms, now) if actor.is_person(learner_id) else None,
        rank=_own(learner_id, round_.intake_id).count() + 1,
        statement=statement.strip(),
        submitted_at=now,
    )


@transaction.atomic
def take_in_applications(
    *, actor: Actor, round_id: UUID, scores: Mapping[UUID, Decimal | int], source: str, now: datetime
) -> Each[UUID, None]:
    """Take in applications that came with committee scores through another channel: the new ones, and who failed."""
    round_ = as_round(locked_round(round_id))
    permit(may_admit(actor, round_.institution), "take in applications here")
    check_window(round_, now)
    permit(actor.person_id not in scores, "score your own application")
    checked = {learner_id: checked_score(score) for learner_id, score in scores.items()}
    held = set(ApplicationRow.objects.filter(round_id=round_id).values_list("learner_id", flat=True))

    def take_in(learner_id: UUID) -> None:
        row = _apply(actor, learner_id, round_, "", now)
        row.score, row.scored_by = checked[learner_id], source
        row.save(update_fields=["score", "scored_by"])

    taken = each([learner for learner in scores if learner not in held], take_in)
    subject = f"admissions.round:{round_id}"
    after = {"applications": len(taken.done), "failed": len(taken.failed), "source": source}
    audit.record(actor=actor, verb="take_in_applications", subject=subject, now=now, after=after)
    return taken


def _charge_fee(learner_id: UUID, round_: Round, terms: Terms, now: datetime) -> UUID | None:
    if terms.application_fee is None:
        return None
    return charge(
        actor=system_actor("admissions"),
        learner_id=learner_id,
        subject=f"application-fee:{round_.institution} {round_.title}, {round_.term}"[:200],
        amount=terms.application_fee,
        institution=round_.institution,
        now=now,
    )


def _own(learner_id: UUID, intake_id: UUID) -> QuerySet[ApplicationRow]:
    rows = ApplicationRow.objects.filter(learner_id=learner_id, round__intake_id=intake_id)
    return rows.exclude(state__in=[State.WITHDRAWN, State.CANCELLED])


@transaction.atomic
def order_choices(
    *, actor: Actor, intake_id: UUID, order: Sequence[UUID], now: datetime, seen: str | None = None
) -> tuple[Application, ...]:
    """Put one's own applications in an intake in order, first choice first, until its ranked programs close.

    Unusable unless the order names each of them once; Changed if another order was saved than the one `seen`.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in to order your choices.")
    lock_intake(RoundRow.objects.filter(intake=intake_id))
    found = intake(intake_id)
    ranked = [round_.closes_at for round_ in found.rounds if round_.mode == Mode.RANKED]
    if found.decided_at is not None or (ranked and now >= max(ranked)):
        raise Refused("round_closed", "The order of your choices stands: this round is closed.")
    rows = {row.id: row for row in _own(actor.person_id, intake_id).select_for_update(of=("self",)).order_by("id")}
    if set(order) != set(rows) or len(order) != len(rows):
        raise Unusable("order_unusable", "Give each of your choices in this round a place of its own.")
    check_seen(seen, order_shown(choices(actor, actor.person_id, intake_id)))
    for rank, application_id in enumerate(order, 1):
        rows[application_id].rank = rank
    ApplicationRow.objects.bulk_update(rows.values(), ["rank"])
    subject = f"admissions.intake:{intake_id}"
    audit.record(actor=actor, verb="order_choices", subject=subject, now=now, after={"order": list(order)})
    return choices(actor, actor.person_id, intake_id)


@transaction.atomic
def withdraw_application(*, actor: Actor, application_id: UUID, now: datetime) -> Application:
    """Withdraw one's own application."""
    row = application_row(application_id)
    permit(actor.is_person(row.learner_id), "withdraw somebody else's application")
    return moved(actor, row, State.WITHDRAWN, "withdraw_application", now)
