"""Applications: the learner's side, and what staff do to one of them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linkspan.admissions import actions, queries
from linkspan.admissions.queries import documents as papers
from linkspan.admissions.queries import reviews
from linkspan.admissions.rules.applications import State, may_admit
from linkspan.admissions.rules.terms import appeal_deadline, terms_of
from linkspan.institutions.queries import institution
from linkspan.kernel import outbox
from linkspan.kernel.errors import Unusable
from linkspan.pathways.queries import agreement_on, pathways_for, stored_audit
from linkspan.records.queries import learner_record
from linkspan.web.pages import done, signed_in, text


@signed_in
def application(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """One application: the decision with its reasons, and where else the credential leads."""
    found = queries.application(request.actor, application_id)
    audit = stored_audit(request.actor, found.audit_id)
    others = []
    own = request.actor.is_person(found.learner_id)
    choices = queries.choices(request.actor, found.learner_id, found.round.intake_id) if own else ()
    if own and found.state in (State.NO_SEAT, State.REFUSED):
        record = learner_record(request.actor, request.actor.person_id)
        answers = pathways_for(record, request.now.date())
        others = [a for a in answers if a.agreement.id != found.round.agreement_id]
    terms = terms_of(agreement_on(found.round.agreement_id, found.submitted_at.date()).document)
    staff = may_admit(request.actor, found.round.institution)
    last = appeal_deadline(terms, found.decided_at)
    told = {"application": found, "audit": audit, "others": others, "own": own, "choices": choices}
    told |= {"intake": queries.intake(found.round.intake_id), "zone": institution(found.round.institution).time_zone}
    told |= {
        "terms": terms,
        "appeals": queries.appeals_of(request.actor, application_id),
        "appeal_until": last if last is not None and request.now < last else None,
        "bridge": queries.bridge_standing_of(request.actor, application_id, request.now),
        "fee_open": queries.fee_is_open(request.actor, application_id),
        "staff": staff,
        "readings": reviews.reviews_of(request.actor, application_id) if staff and not own else (),
        "documents": papers.documents(request.actor, found.learner_id, found.round.id) if own or staff else (),
        "letters": papers.letters(request.actor, found.learner_id, found.round.id) if own or staff else (),
    }
    return render(request, "application.html", told)


@require_POST
@signed_in
def answer(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """What applicants do with their application: accept, decline, withdraw, defer, ask for a waiver, appeal."""
    do, actor, now = text(request, "do"), request.actor, request.now
    if do == "withdraw":
        actions.withdraw_application(actor=actor, application_id=application_id, now=now)
    elif do == "defer":
        months = _number(request, "months", "Joining is deferred by whole years.")
        actions.defer_joining(actor=actor, application_id=application_id, months=months, now=now)
    elif do == "waiver":
        actions.ask_waiver(actor=actor, application_id=application_id, reason=text(request, "reason"), now=now)
    elif do == "appeal":
        actions.file_appeal(actor=actor, application_id=application_id, text=text(request, "text"), now=now)
    else:
        actions.answer_offer(actor=actor, application_id=application_id, accept=do == "accept", now=now)
    outbox.drain(now=now)
    return done(request, _("Your answer is recorded."), f"/applications/{application_id}/")


@require_POST
@signed_in
def decide(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """What staff do with an application: score, decide, admit provisionally, waive the fee, confirm joining."""
    do, reason = text(request, "do"), text(request, "reason")
    actor, now = request.actor, request.now
    if do == "score":
        score = _number(request, "score", "A score is a whole number from 0 to 1000.")
        actions.record_score(actor=actor, application_id=application_id, score=score, now=now)
    elif do == "join":
        actions.confirm_joining(actor=actor, application_id=application_id, now=now)
    elif do == "provisional":
        actions.admit_provisionally(actor=actor, application_id=application_id, now=now)
    elif do in ("waive", "keep_fee"):
        actions.decide_waiver(actor=actor, application_id=application_id, grant=do == "waive", reason=reason, now=now)
    else:
        actions.decide_application(
            actor=actor, application_id=application_id, admit=do == "admit", reason=reason, now=now
        )
    outbox.drain(now=now)
    return redirect(f"/applications/{application_id}/")


@require_POST
@signed_in
def appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """Answer an appeal."""
    uphold, reason = text(request, "do") == "uphold", text(request, "reason")
    answered = actions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=uphold, reason=reason, now=request.now
    )
    outbox.drain(now=request.now)
    return done(request, _("The appeal is answered."), f"/applications/{answered.application_id}/")


def _number(request: HttpRequest, name: str, wanted: str) -> int:
    given = text(request, name, longest=6)
    if not (given.isascii() and given.isdigit()):
        raise Unusable("number_unusable", wanted)
    return int(given)
