"""What is held about me, why, and a copy of all of it; and the pages that say so to everybody."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from linkspan.accounts import actions
from linkspan.kernel import held, retention
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.web.pages import signed_in

FRESH = timedelta(days=180)
"""For how long the answer of `security` is good: RFC 9116, section 2.5.5, advises less than a year."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a domain holds about people: what it is, what it is used for, and the ground on which it is kept."""

    domains: tuple[str, ...]
    what: Promise
    purpose: Promise
    ground: Promise


CONTRACT, DUTY, CONSENT = _("What you asked us to do"), _("A duty by law"), _("Your consent")

USES = (
    Use(
        ("accounts", "account", "mfa", "socialaccount"),
        _("Account, roles, evidence of your name, notes of offices about you"),
        _("Sign-in, and who you are"),
        CONTRACT,
    ),
    Use(("linkspan_messages",), _("Notices and your choice of e-mail"), _("Telling you what happened"), CONTRACT),
    Use(("enrolment", "courseware"), _("Enrolments, answers, scores"), _("Teaching and grading"), CONTRACT),
    Use(("exams",), _("Exam attempts, answers, what proctors noted, accommodations"), _("A fair exam"), CONTRACT),
    Use(("records",), _("Your record: grades, degrees, tests"), _("Judging pathways and applications"), DUTY),
    Use(("credentials",), _("Credentials, and what you show of them"), _("Proof for others, for good"), DUTY),
    Use(("pathways",), _("Saved pathways, plans, audits"), _("Showing where you can go"), CONTRACT),
    Use(("admissions",), _("Applications, documents, letters, decisions"), _("Admission, and appeals"), CONTRACT),
    Use(("recognition",), _("Credit, degree plans"), _("Your degree"), DUTY),
    Use(("finance",), _("Charges, payments, refunds, prices by need"), _("Money, and its books"), DUTY),
    Use(("institutions",), _("Applications of institutions to join"), _("Admitting institutions"), CONTRACT),
    Use(("kernel",), _("What you did here, in the audit trail"), _("Explaining decisions years later"), DUTY),
)


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """How much is held about me, by kind; a post answers with a copy of all of it."""
    if request.method == "POST":
        return _copy(request)
    counts = held.counts_of(request.actor.own_id)
    rows = [(use, sum(counts.get(domain, 0) for domain in use.domains)) for use in USES]
    return render(request, "personal.html", {"rows": rows, "total": sum(number for _use, number in rows)})


def _copy(request: Request) -> FileResponse:
    file = actions.export_person(actor=request.actor, person_id=request.actor.own_id, now=request.now)
    name = f"linkspan-{request.now:%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@require_safe
def privacy(request: Request) -> HttpResponse:
    """What is held about people here, why, and what they can ask for."""
    return render(request, "privacy.html", {"uses": USES, "contact": settings.CONTACT, "kinds": retention.kinds()})


@require_safe
def accessibility(request: Request) -> HttpResponse:
    """What the pages are held to, what falls short, and where to say so."""
    return render(request, "accessibility.html", {"contact": settings.CONTACT})


@require_safe
def security(request: Request) -> HttpResponse:
    """Whom to tell of a hole in the site's security (RFC 9116); NotFound where the operator named nobody."""
    if not settings.CONTACT:
        raise NotFound("contact_unknown", "The people who run this site have not named an address yet.")
    until = (request.now + FRESH).replace(microsecond=0)
    body = f"Contact: mailto:{settings.CONTACT}\nExpires: {until.isoformat()}\n"
    return HttpResponse(body, content_type="text/plain; charset=utf-8")
