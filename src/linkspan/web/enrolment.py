"""Enrolling, and the learner's dashboard."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.admissions.queries import applications_of
from linkspan.catalog.queries import course_run, programs
from linkspan.courseware.queries import grade, has_content
from linkspan.credentials.queries import credentials_of, program_completion
from linkspan.credentials.rules import IssueKind
from linkspan.enrolment import actions, queries
from linkspan.enrolment.rules import EnrolmentState, Track
from linkspan.exams.queries import attempts_of
from linkspan.finance.queries import charges_of, subject_title
from linkspan.finance.rules import ChargeState
from linkspan.kernel.request import Request
from linkspan.recognition.queries import degree_plans
from linkspan.web.next_step import Studies, next_step
from linkspan.web.pages import choice, done, post_only, signed_in


@signed_in
def dashboard(request: Request) -> HttpResponse:
    """What I study, what comes next, and how far the pathway has come."""
    actor = request.actor
    mine = queries.enrolments_of(actor, actor.own_id)
    rows = [
        {
            "enrolment": e,
            "run": course_run(e.run_id),
            "grade": grade(actor.own_id, e.run_id, request.now) if has_content(e.run_id) else None,
        }
        for e in mine
    ]
    progress = [
        (p, program_completion(actor, actor.own_id, p.key, request.now))
        for p in programs(request.now.date(), kind="micromasters")
    ]
    studies = Studies(
        charges=[c for c in charges_of(actor, actor.own_id) if c.state == ChargeState.OPEN],
        attempts=attempts_of(actor, actor.own_id),
        applications=applications_of(actor, actor.own_id),
        enrolments=[e for e in mine if e.state == EnrolmentState.ACTIVE],
        completions=[completion for _, completion in progress],
        holds_credential=bool(credentials_of(actor, actor.own_id, IssueKind.PROGRAM)),
        has_plan=bool(degree_plans(actor, actor.own_id)),
    )
    told = {
        "rows": rows,
        "studies": studies,
        "charges": [(charge, subject_title(charge.subject)) for charge in studies.charges],
        "step": next_step(studies),
        "progress": [{"program": p, "completion": done} for p, done in progress if done.counted],
    }
    return render(request, "dashboard.html", told)


@post_only
@signed_in
def enrol(request: Request, run_id: str) -> HttpResponse:
    """Enrol on a track; the verified one leads to the payment."""
    track = choice(request, "track", Track)
    actor = request.actor
    made = actions.enrol(actor=actor, learner_id=actor.own_id, run_id=run_id, track=track, now=request.now)
    if made.charge_id and track == Track.VERIFIED:
        return redirect("money-pay", made.charge_id)
    return done(request, _("You are enrolled."), "courseware-course", run_id)


@post_only
@signed_in
def withdraw(request: Request, run_id: str) -> HttpResponse:
    """Leave a run."""
    actions.withdraw(actor=request.actor, learner_id=request.actor.own_id, run_id=run_id, now=request.now)
    return done(request, _("You have left the course."), "enrolment-dashboard")
