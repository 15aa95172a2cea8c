"""What is done to credit: awarded after joining, reversed by a person when its ground is gone; plans that are kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.queries import application
from linkspan.admissions.rules import Application, State
from linkspan.catalog.queries import price_in_force
from linkspan.credentials.actions import claim_degree_record, signed_degree_record, withdraw_degree_record
from linkspan.credentials.rules import Issued
from linkspan.finance.actions import post_forgone_tuition, reverse_forgone_tuition
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.versions import check_seen
from linkspan.pathways.queries import AgreementVersion, agreement_version, stored_audit
from linkspan.pathways.rules import Agreement, Recognised
from linkspan.recognition.events import CaseKept, CaseOpened, CreditReversed
from linkspan.recognition.models import CaseRow, CreditAwardRow, PlanRow
from linkspan.recognition.queries import award as as_award
from linkspan.recognition.queries import degree_in_force, degree_record, placed_of, plan_task
from linkspan.recognition.rules.awards import (
    CREDIT,
    AwardState,
    CreditAward,
    may_close_case,
    no_longer_active,
    relied_on,
)
from linkspan.recognition.rules.catalogue import catalogue_year
from linkspan.recognition.rules.planning import Placed, plan_shown, violations
from linkspan.recognition.rules.posting import to_post
from linkspan.recognition.rules.service import due_after
from linkspan.records.queries import learner_record


@transaction.atomic
def award_credit(*, actor: Actor, learner_id: UUID, application_id: UUID, audit_id: UUID, now: datetime) -> int:
    """Post the credit that the audit of an admitted application recognised, and the tuition it forgoes.

    The audit is judged again by its own rules, under the degree in force for their catalogue year and beside what the
    learner holds at the school; what it promised and is withheld is on the trail with its reason. A requirement that is
    only lifted is posted without credit and forgoes nothing.

    The price is the school's for a degree course, in force on the day. Refused (`not_joined`) unless that learner has
    joined on that audit. Posting twice changes nothing; returns how many awards there are. If a credential that the
    audit relied on was revoked meanwhile, a case is opened at once.
    """
    permit(actor.is_system, "award credit")
    joined = application(actor, application_id)
    if (joined.state, joined.learner_id, joined.audit_id) != (State.JOINED, learner_id, audit_id):
        raise Refused("not_joined", "Credit follows formal joining, by the audit of the decision.")
    awards = CreditAwardRow.objects.filter(application_id=application_id)
    if awards.exists():
        return awards.filter(state=AwardState.ACTIVE, effect=CREDIT).count()
    stored = stored_audit(actor, audit_id)
    agreement = agreement_version(stored.agreement_id, stored.version)
    held = CreditAwardRow.objects.select_for_update().filter(learner_id=learner_id, institution=agreement.receiving)
    year = catalogue_year(agreement.terms, now)
    terms = degree_in_force(agreement.terms, year)
    given = [as_award(row) for row in held]
    posted, withheld = to_post(stored.record, stored.result, stored.on, terms, given, _others(given, agreement.id))
    _create(posted, joined, agreement, year, now)
    count = sum(1 for row in posted if row.effect == CREDIT)
    if count:
        _forgo(actor, sum(row.tuition_waived for row in posted), joined, agreement, now)
    subject = f"recognition.application:{application_id}"
    after = {
        "awards": [row.course for row in posted],
        "withheld": [[row.what, row.reason] for row in withheld],
        "agreement": agreement.id,
        "version": agreement.version,
        "catalogue_year": year,
        "audit": audit_id,
    }
    audit.record(actor=actor, verb="award_credit", subject=subject, now=now, after=after)
    relied = relied_on(stored.record, agreement.terms.sending)
    for name in no_longer_active(relied, learner_record(actor, learner_id)):
        reason = "A credential behind this credit was revoked before joining."
        open_case(actor=actor, learner_id=learner_id, credential_id=UUID(name), reason=reason, now=now)
    return count


def _others(given: Iterable[CreditAward], agreement_id: str) -> dict[str, Agreement]:
    """The other agreements under which credit was given."""
    return {
        award.agreement_id: agreement_version(award.agreement_id, award.version).terms
        for award in given
        if award.agreement_id != agreement_id
    }


def _create(
    posted: Iterable[Recognised], joined: Application, agreement: AgreementVersion, year: int, now: datetime
) -> None:
    for number, row in enumerate(posted, 1):
        CreditAwardRow.objects.create(
            application_id=joined.id,
            number=number,
            course=row.course,
            courses=list(row.courses),
            places=row.places,
            learner_id=joined.learner_id,
            institution=agreement.receiving,
            agreement_id=agreement.id,
            version=agreement.version,
            audit_id=joined.audit_id,
            slot=row.slot,
            credits=row.credits,
            effect=row.effect,
            clause=row.clause,
            catalogue_year=year,
            state=AwardState.ACTIVE,
            posted_at=now,
        )


def _forgo(actor: Actor, count: int, joined: Application, agreement: AgreementVersion, now: datetime) -> None:
    price = price_in_force(f"degree-course:{agreement.receiving}", now.date())
    if price is None:
        raise Refused(
            "no_price", "{receiving} has no price in force for a degree course.", receiving=agreement.receiving
        )
    post_forgone_tuition(
        actor=actor,
        learner_id=joined.learner_id,
        agreement_id=agreement.id,
        amount=price * count,
        reference=str(joined.id),
        now=now,
        cohort=joined.round.term,
    )


@transaction.atomic
def open_case(*, actor: Actor, learner_id: UUID, credential_id: UUID, reason: str, now: datetime) -> int:
    """Open a case at every school whose credit for this learner relied on the credential, now revoked; once each."""
    permit(actor.is_system, "open recognition cases")
    rows = CreditAwardRow.objects.filter(learner_id=learner_id, state=AwardState.ACTIVE)
    grounds = rows.values_list("application_id", "institution", "agreement_id", "version", "audit_id").distinct()
    opened = 0
    for application_id, institution, agreement_id, version, audit_id in grounds:
        sending = agreement_version(agreement_id, version).terms.sending
        if credential_id.urn not in relied_on(stored_audit(actor, audit_id).record, sending):
            continue
        row, created = CaseRow.objects.get_or_create(
            credential_id=credential_id,
            application_id=application_id,
            defaults={
                "learner_id": learner_id,
                "institution": institution,
                "reason": reason,
                "opened_at": now,
                "due_at": due_after(now),
            },
        )
        if created:
            opened += 1
            after = {"application": application_id, "credential": credential_id}
            subject = f"recognition.case:{row.id}"
            audit.record(actor=actor, verb="open_case", subject=subject, now=now, after=after, why=reason)
            outbox.publish(CaseOpened(learner_id, application_id, institution, reason), now=now)
    return opened


@transaction.atomic
def close_case(*, actor: Actor, case_id: UUID, reverse: bool, reason: str, now: datetime) -> None:
    """The registrar lets the credit stand or reverses it; a second time changes nothing.

    With the credit its forgone tuition is reversed, and the signed transcript that shows it is revoked.
    """
    row = CaseRow.objects.select_for_update().filter(id=case_id).first()
    if row is None:
        raise NotFound("case_unknown", "There is no such case.")
    permit(may_close_case(actor, row.learner_id, row.institution), "close this case")
    if row.closed_at is not None:
        return
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the learner is told the reason.")
    row.closed_at, row.closed_by, row.outcome = now, actor.name, "reversed" if reverse else "stands"
    row.decision = reason.strip()
    row.save()
    if not reverse:
        outbox.publish(CaseKept(row.learner_id, row.application_id, row.institution, reason.strip()), now=now)
    if reverse:
        awards = CreditAwardRow.objects.filter(application_id=row.application_id, state=AwardState.ACTIVE)
        awards.update(state=AwardState.REVERSED, reversed_at=now)
        reverse_forgone_tuition(actor=actor, reference=str(row.application_id), now=now)
        why = f"Credit in it was reversed: {reason.strip()}"
        withdraw_degree_record(
            actor=actor, learner_id=row.learner_id, key=record_key(row.application_id), reason=why, now=now
        )
        outbox.publish(CreditReversed(row.learner_id, row.application_id, row.institution, reason.strip()), now=now)
    subject = f"recognition.case:{row.id}"
    audit.record(actor=actor, verb="close_case", subject=subject, now=now, after={"outcome": row.outcome}, why=reason)


@transaction.atomic
def keep_plan(
    *,
    actor: Actor,
    application_id: UUID,
    placed: Mapping[str, Placed],
    most_courses: int | None,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Keep the terms that a learner plans for; Refused, with every limit that they break, if they break one.

    Changed if another plan was kept than the one `seen`.
    """
    found = plan_task(actor, application_id, now, most_courses=most_courses)
    permit(actor.is_person(found.learner_id), "keep this plan")
    keys = {todo.key for todo in found.task.todo}
    if set(placed) - keys:
        raise Unusable("place_unknown", "The plan names a course that is not open. Load the page again.")
    held = PlanRow.objects.select_for_update().filter(application_id=application_id).first()
    check_seen(seen, plan_shown(found.task, placed_of(held.placed) if held else {}))
    broken = violations(found.task, placed)
    if broken:
        raise Refused("plan_breaks_limits", "This plan cannot stand.", tuple(row.words for row in broken))
    rows = {key: {"term": str(one.term), "on_campus": one.on_campus} for key, one in placed.items()}
    fields = {"learner_id": found.learner_id, "placed": rows, "most_courses": most_courses, "at": now}
    PlanRow.objects.update_or_create(application_id=application_id, defaults=fields)
    audit.record(actor=actor, verb="keep_plan", subject=f"recognition.plan:{application_id}", now=now, after=rows)


def issue_transcript(*, actor: Actor, application_id: UUID, now: datetime) -> Issued:
    """The degree record as a CLR 2.0 transcript, signed by the receiving school; one before it is superseded.

    For the learner and the school's staff. Refused (`context_unknown`, with the command that helps) until an operator
    has added the CLR context.
    """
    claim = claim_transcript(actor=actor, application_id=application_id, now=now)
    return signed_degree_record(claim, now=now)


def claim_transcript(*, actor: Actor, application_id: UUID, now: datetime) -> UUID:
    """`issue_transcript` up to the signature, which `signed_degree_record` asks for, and the worker."""
    found = degree_record(actor, application_id, now)
    return claim_degree_record(
        actor=actor,
        learner_id=found.learner_id,
        institution=found.institution,
        key=record_key(application_id),
        title=f"Transcript: {found.title}",
        lines=found.lines,
        now=now,
    )


def record_key(application_id: UUID) -> str:
    """The degree record among a learner's transcripts."""
    return f"degree:{application_id}"
