"""The desks: what waits for a person, by role."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.accounts import actions as accounts
from linkspan.accounts.queries import identity_queue
from linkspan.catalog.queries import course_runs
from linkspan.exams import actions as exams
from linkspan.exams.rules import IncidentKind
from linkspan.kernel import audit
from linkspan.kernel.errors import permit
from linkspan.kernel.outbox import waits_by_key
from linkspan.kernel.request import Request
from linkspan.recognition import actions as recognition
from linkspan.recognition.queries import case_file, case_for
from linkspan.records import actions as records
from linkspan.records.queries import evidence_queue, refused_before
from linkspan.screens.desk_home import EVIDENCE, NAMES, desk_home, roles_of
from linkspan.screens.lists import ListName
from linkspan.screens.today import today as today_screen
from linkspan.web.acts import ask, waiting
from linkspan.web.desk_words import AREAS, shown
from linkspan.web.lists import list_page
from linkspan.web.pages import Check, acts, choice, done, names_of, post_only, signed_in, text, ticked
from linkspan.web.wait_words import told_to_office
from linkspan.web.waits import GRADES


class Proctoring(StrEnum):
    """What a proctor says of an attempt."""

    IDENTITY = "identity"
    VERIFY = "verify"
    REJECT = "reject"
    SECOND = "second"


class CaseEnd(StrEnum):
    """What becomes of credit whose credential was revoked."""

    REVERSE = "reverse"
    STAND = "stand"


@signed_in
def today(request: Request) -> HttpResponse:
    """What waits for the reader's offices: how long it has waited, until when it is to be done, what is late."""
    found = today_screen(request.actor, request.now)
    lines = [(line, told_to_office(line.wait, request.now)) for line in found.lines]
    return render(request, "desk/today.html", {"today": found, "lines": lines})


@signed_in
def desk(request: Request) -> HttpResponse:
    """The tasks of my roles, grouped, what waits first."""
    home = desk_home(request.actor, request.now)
    groups = [(AREAS[group.area], [shown(one.task, one.waiting) for one in group.tasks]) for group in home.groups]
    told = {"groups": groups, "waiting": home.waiting, "planned": waiting(request)}
    return render(request, "desk/desk.html", told)


@signed_in
def checks(request: Request) -> HttpResponse:
    """Legal names and evidence of degrees, tests and residence that wait for a look."""
    actor = request.actor
    roles = roles_of(actor)
    permit(bool(roles & (NAMES | EVIDENCE)), "check names and evidence")
    identities = identity_queue(actor, request.now) if roles & NAMES else None
    evidence = evidence_queue(actor, request.now) if roles & EVIDENCE else None
    ids = {row.learner_id for row in identities or ()} | {row.learner_id for row in evidence or ()}
    told = {
        "identities": identities,
        "evidence": evidence,
        "names": names_of(request, ids),
        "refused": refused_before(evidence or ()),
    }
    return render(request, "desk/checks.html", told)


@signed_in
def cases(request: Request) -> HttpResponse:
    """Credit whose credential was revoked: what waits, and what was decided."""
    return list_page(request, "desk/cases.html", ListName.CASES, {})


@signed_in
@acts(CaseEnd)
def case(request: Request, case_id: UUID, do: CaseEnd | None = None) -> HttpResponse:
    """One case: what was revoked, and whether the credit stands."""
    if do:
        back = reverse("desks-case", args=[case_id])
        return ask(request, recognition.CLOSE_CASE, subject=case_id, fields={"choice": str(do)}, back=back)
    found = case_for(request.actor, case_id)
    names = names_of(request, [found.learner_id], at=found.institution)
    told = {"case": found, "name": names.get(found.learner_id, ""), "file": case_file(request.actor, case_id)}
    return render(request, "desk/case.html", told)


@signed_in
def grades(request: Request) -> HttpResponse:
    """The runs whose grades I may put on record."""
    schools = request.actor.institutions_as("program_staff") | request.actor.institutions_as("registrar")
    permit(bool(schools), "put grades on record")
    runs = [run for run in course_runs() if run.course.institution in schools]
    told = {"runs": runs, "waits": waits_by_key(GRADES, [run.id for run in runs])}
    return render(request, "desk/grades.html", told)


@post_only
@signed_in
@acts(Check)
def check_identity(request: Request, check_id: UUID, do: Check) -> HttpResponse:
    """Accept or refuse identity evidence."""
    accept, reason = do is Check.ACCEPT, text(request, "reason")
    accounts.check_identity(actor=request.actor, check_id=check_id, accept=accept, reason=reason, now=request.now)
    return done(request, _("The check is recorded."), "desks-checks")


@post_only
@signed_in
@acts(Check)
def check_evidence(request: Request, fact_id: UUID, do: Check) -> HttpResponse:
    """Accept or refuse evidence of a degree or test."""
    accept, reason = do is Check.ACCEPT, text(request, "reason")
    findings = {"accredited": True} if ticked(request, "accredited") else {}
    records.check_evidence(
        actor=request.actor, fact_id=fact_id, accept=accept, findings=findings, reason=reason, now=request.now
    )
    return done(request, _("The check is recorded."), "desks-checks")


@post_only
@signed_in
@acts(Proctoring)
def proctor(request: Request, attempt_id: UUID, do: Proctoring) -> HttpResponse:
    """Confirm an identity, or give the verdict."""
    if do is Proctoring.IDENTITY:
        exams.confirm_identity(actor=request.actor, attempt_id=attempt_id, now=request.now)
    elif do is Proctoring.SECOND:
        reason = text(request, "reason")
        exams.ask_second_review(actor=request.actor, attempt_id=attempt_id, reason=reason, now=request.now)
    else:
        accept, reason = do is Proctoring.VERIFY, text(request, "reason")
        ground = choice(request, "ground", IncidentKind) if request.POST.get("ground") else None
        exams.review_attempt(
            actor=request.actor,
            attempt_id=attempt_id,
            accept=accept,
            reason=reason,
            ground=ground,
            now=request.now,
        )
    return done(request, _("Recorded."), "exam_desk-desk")


@signed_in
def trail(request: Request) -> HttpResponse:
    """The audit trail for auditors; its chain is checked where they ask for it, since that reads every entry."""
    permit(request.actor.has_role("auditor"), "read the audit trail")
    broken = list(audit.broken_links()) if "check" in request.GET else None
    return list_page(request, "desk/trail.html", ListName.TRAIL, {"broken": broken})
