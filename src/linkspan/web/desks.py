"""The desks: what waits for a person, by role."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linkspan.accounts import actions as accounts
from linkspan.accounts.queries import identity_queue, people_by_id
from linkspan.catalog.queries import course_runs
from linkspan.exams import actions as exams
from linkspan.exams.queries import proctor_queue
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import permit
from linkspan.recognition import actions as recognition
from linkspan.recognition.queries import open_cases
from linkspan.records import actions as records
from linkspan.records.queries import evidence_queue
from linkspan.web.pages import done, signed_in, text


@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me, role by role."""
    actor = request.actor
    roles = {grant.role for grant in actor.grants}
    told: dict[str, object] = {"mine": roles}
    people: set[UUID] = set()
    if roles & {"program_staff", "proctor"}:
        told["identities"] = identity_queue(actor)
        people |= {row.learner_id for row in told["identities"]}
    if roles & {"registrar", "program_staff", "admissions"}:
        told["evidence"] = evidence_queue(actor)
        people |= {row.learner_id for row in told["evidence"]}
    if "proctor" in roles:
        told["attempts"] = proctor_queue(actor)
        people |= {row.learner_id for row in told["attempts"]}
    if "registrar" in roles:
        told["cases"] = open_cases(actor)
        people |= {row.learner_id for row in told["cases"]}
    schools = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    told["runs"] = [run for run in course_runs() if run.course.institution in schools]
    told["names"] = {key: person.name for key, person in people_by_id(people).items()}
    return render(request, "desk/desk.html", told)


@require_POST
@signed_in
def check_identity(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """Accept or refuse identity evidence."""
    accept, reason = text(request, "do") == "accept", text(request, "reason")
    accounts.check_identity(actor=request.actor, check_id=check_id, accept=accept, reason=reason, now=request.now)
    outbox.drain(now=request.now)
    return done(request, _("The check is recorded."), "/desk/")


@require_POST
@signed_in
def check_evidence(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    """Accept or refuse evidence of a degree or test."""
    accept, reason = text(request, "do") == "accept", text(request, "reason")
    findings = {"accredited": text(request, "accredited") == "yes"} if request.POST.get("accredited") else {}
    records.check_evidence(
        actor=request.actor, fact_id=fact_id, accept=accept, findings=findings, reason=reason, now=request.now
    )
    outbox.drain(now=request.now)
    return done(request, _("The check is recorded."), "/desk/")


@require_POST
@signed_in
def proctor(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Confirm an identity, or give the verdict."""
    do, reason = text(request, "do"), text(request, "reason")
    if do == "identity":
        exams.confirm_identity(actor=request.actor, attempt_id=attempt_id, now=request.now)
    else:
        exams.review_attempt(
            actor=request.actor, attempt_id=attempt_id, accept=do == "verify", reason=reason, now=request.now
        )
    outbox.drain(now=request.now)
    return done(request, _("Recorded."), "/desk/")


@require_POST
@signed_in
def close_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Let credit stand, or reverse it."""
    recognition.close_case(
        actor=request.actor,
        case_id=case_id,
        reverse=text(request, "do") == "reverse",
        reason=text(request, "reason"),
        now=request.now,
    )
    return done(request, _("The case is closed."), "/desk/")


@require_POST
@signed_in
def freeze(request: HttpRequest, run_id: str) -> HttpResponse:
    """Put the grades of a run on record."""
    count = records.freeze_run(actor=request.actor, run_id=run_id, now=request.now)
    outbox.drain(now=request.now)
    return done(request, _("Grades on record in this run: {count}.").format(count=count), "/desk/")


@signed_in
def trail(request: HttpRequest) -> HttpResponse:
    """The audit trail for auditors, with the check of its chain."""
    permit(request.actor.has_role("auditor"), "read the audit trail")
    entries = audit.newest_entries(100, verb=request.GET.get("verb", ""), subject=request.GET.get("subject", ""))
    return render(request, "desk/trail.html", {"entries": entries, "broken": list(audit.broken_links())})


@signed_in
def operations(request: HttpRequest) -> HttpResponse:
    """What waits in the outbox, for operators."""
    permit(request.actor.has_role("operator"), "see operations")
    waiting, given_up = outbox.backlog()
    return render(request, "desk/operations.html", {"waiting": waiting, "given_up": given_up})
