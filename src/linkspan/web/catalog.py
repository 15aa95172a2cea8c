"""The public catalogue: home, programs, help, language."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts.actions import choose_language
from linkspan.catalog import queries
from linkspan.catalog.rules import courses_of, exams_of
from linkspan.courseware.queries import has_content, public_platforms
from linkspan.enrolment.queries import enrolments_of, verified_price
from linkspan.finance.queries import price_to_pay
from linkspan.institutions.queries import institution
from linkspan.kernel.request import Request
from linkspan.pathways.queries import agreements_on
from linkspan.web.pages import page_here, post_only, text


def home(request: Request) -> HttpResponse:
    """What Linkspan is for, and where to begin."""
    programs = queries.programs(request.now.date())
    return render(request, "home.html", {"programs": programs})


def programs(request: Request) -> HttpResponse:
    """All programs."""
    return render(request, "programs.html", {"programs": queries.programs(request.now.date())})


def program(request: Request, school: str, code: str) -> HttpResponse:
    """One program: its courses, prices, exam, and the pathways that it opens."""
    on = request.now.date()
    found = queries.program(f"{school}/{code}", on)
    keys = courses_of(found.requirements)
    courses = queries.courses(keys)
    runs = {run.course.key: run for run in queries.runs_of_courses(keys)}
    enrolled = {}
    if request.actor.person_id:
        enrolled = {e.run_id: e for e in enrolments_of(request.actor, request.actor.person_id)}
    rows = [
        {
            "course": courses[key],
            "run": runs.get(key),
            "price": queries.price_in_force(f"course:{key}", on),
            "enrolment": enrolled.get(runs[key].id) if key in runs else None,
        }
        for key in keys
        if key in courses
    ]
    opened = [a for a in agreements_on(on) if (school, code) in a.terms.sending.names]
    told = {
        "program": found,
        "school": institution(school),
        "rows": rows,
        "exams": exams_of(found.requirements),
        "pathways": [{"agreement": a, "status": a.status_on(on)} for a in opened],
    }
    return render(request, "program.html", told)


def course_run(request: Request, run_id: str) -> HttpResponse:
    """One course run: what it is, what it costs, and enrolling."""
    run = queries.course_run(run_id)
    mine = None
    if request.actor.person_id:
        mine = next((e for e in enrolments_of(request.actor, request.actor.person_id) if e.run_id == run_id), None)
    price = verified_price(run, request.now)
    to_pay = price and price_to_pay(request.actor.person_id, run.course.institution, price, request.now)
    told = {
        "run": run,
        "price": price,
        "to_pay": to_pay,
        "enrolment": mine,
        "open": run.takes_enrolments(request.now),
        "content": has_content(run_id),
        "places": public_platforms(run.course.institution),
    }
    return render(request, "course_run.html", told)


def help_page(request: Request) -> HttpResponse:
    """Where to turn to."""
    return render(request, "help.html")


@csrf_exempt
@post_only
def language(request: Request) -> HttpResponse:
    """Change the language of the pages; who is signed in keeps it in the account, for mail too.

    Its form stands on every page, without a token, so that a page without a form of its own is the same for everybody.
    A browser sends no session with a form of another site (SameSite), so that no other site chooses for an account.
    """
    response = redirect(page_here(request, text(request, "next"), reverse("catalog-home")))
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and request.headers.get("Sec-Fetch-Site") != "cross-site":
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
        if request.actor.person_id is not None:
            choose_language(actor=request.actor, locale=code)
    return response
