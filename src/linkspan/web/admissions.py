"""Applications: the learner's side, and what staff do to one of them."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.admissions import actions, queries
from linkspan.admissions import queries as admissions_queries
from linkspan.admissions.rules import State, appeal_deadline, may_admit, read_score, terms_of
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.pathways.queries import agreement_on, pathways_for, stored_audit
from linkspan.records.queries import learner_record
from linkspan.web.pages import AppealEnd, acts, done, post_only, signed_in, text


class Answer(StrEnum):
    """What applicants do with their application."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DEFER = "defer"
    WAIVER = "waiver"
    APPEAL = "appeal"


class Decide(StrEnum):
    """What staff do with an application."""

    SCORE = "score"
    ADMIT = "admit"
    REFUSE = "refuse"
    PROVISIONAL = "provisional"
    WAIVE = "waive"
    KEEP_FEE = "keep_fee"
    JOIN = "join"


@signed_in
def application(request: Request, application_id: UUID) -> HttpResponse:
    """One application: the decision with its reasons, and where else the credential leads."""
    found = queries.application(request.actor, application_id)
    audit = stored_audit(request.actor, found.audit_id)
    others = []
    own = request.actor.is_person(found.learner_id)
    choices = queries.choices(request.actor, found.learner_id, found.round.intake_id) if own else ()
    if own and found.state in (State.NO_SEAT, State.REFUSED):
        record = learner_record(request.actor, request.actor.own_id)
        answers = pathways_for(record, request.now.date())
        others = [a for a in answers if a.agreement.id != found.round.agreement_id]
    terms = terms_of(agreement_on(found.round.agreement_id, found.submitted_at.date()).terms)
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
        "readings": admissions_queries.reviews_of(request.actor, application_id) if staff and not own else (),
        "documents": admissions_queries.documents(request.actor, found.learner_id, found.round.id)
        if own or staff
        else (),
        "letters": admissions_queries.letters(request.actor, found.learner_id, found.round.id) if own or staff else (),
    }
    return render(request, "application.html", told)


@post_only
@signed_in
@acts(Answer)
def answer(request: Request, application_id: UUID, do: Answer) -> HttpResponse:
    """What applicants do with their application: accept, decline, withdraw, defer, ask for a waiver, appeal."""
    actor, now = request.actor, request.now
    if do is Answer.WITHDRAW:
        actions.withdraw_application(actor=actor, application_id=application_id, now=now)
    elif do is Answer.DEFER:
        months = _number(request, "months", "Joining is deferred by whole years.")
        actions.defer_joining(actor=actor, application_id=application_id, months=months, now=now)
    elif do is Answer.WAIVER:
        actions.ask_waiver(actor=actor, application_id=application_id, reason=text(request, "reason"), now=now)
    elif do is Answer.APPEAL:
        actions.file_appeal(actor=actor, application_id=application_id, text=text(request, "text"), now=now)
    else:
        accept = do is Answer.ACCEPT
        actions.answer_offer(actor=actor, application_id=application_id, accept=accept, now=now)
    return done(request, _("Your answer is recorded."), "admissions-application", application_id)


@post_only
@signed_in
@acts(Decide)
def decide(request: Request, application_id: UUID, do: Decide) -> HttpResponse:
    """What staff do with an application: score, decide, admit provisionally, waive the fee, confirm joining."""
    actor, now, reason = request.actor, request.now, text(request, "reason")
    if do is Decide.SCORE:
        score = read_score(text(request, "score", longest=20))
        actions.record_score(actor=actor, application_id=application_id, score=score, now=now)
    elif do is Decide.JOIN:
        actions.confirm_joining(actor=actor, application_id=application_id, now=now)
    elif do is Decide.PROVISIONAL:
        actions.admit_provisionally(actor=actor, application_id=application_id, now=now)
    elif do in (Decide.WAIVE, Decide.KEEP_FEE):
        grant = do is Decide.WAIVE
        actions.decide_waiver(actor=actor, application_id=application_id, grant=grant, reason=reason, now=now)
    else:
        admit = do is Decide.ADMIT
        actions.decide_application(actor=actor, application_id=application_id, admit=admit, reason=reason, now=now)
    return redirect("admissions-application", application_id)


@post_only
@signed_in
@acts(AppealEnd)
def appeal(request: Request, appeal_id: UUID, do: AppealEnd) -> HttpResponse:
    """Answer an appeal."""
    uphold, reason = do is AppealEnd.UPHOLD, text(request, "reason")
    answered = actions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=uphold, reason=reason, now=request.now
    )
    return done(request, _("The appeal is answered."), "admissions-application", answered.application_id)


def _number(request: Request, name: str, wanted: str) -> int:
    given = text(request, name, longest=6)
    if not (given.isascii() and given.isdigit()):
        raise Unusable("number_unusable", wanted)
    return int(given)
