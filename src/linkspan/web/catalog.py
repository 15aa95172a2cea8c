"""The public catalogue: home, programs, help, language."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts.actions import choose_language
from linkspan.catalog import queries
from linkspan.catalog.rules import CourseRun, courses_of, exams_of
from linkspan.courseware.queries import about_course, efforts_of, has_content, public_platforms
from linkspan.enrolment.queries import enrolments_of, verified_price, wishes_of
from linkspan.enrolment.rules import Enrolment
from linkspan.finance.queries import price_to_pay
from linkspan.institutions.queries import institution
from linkspan.kernel.money import Money
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
    runs = best_runs(queries.runs_of_courses(keys), request.now)
    enrolled, wishes = _mine(request)
    exams = exams_of(found.requirements)
    subjects = [f"course:{key}" for key in keys] + [f"exam:{code}" for code in exams]
    prices = queries.prices_in_force(subjects, on)
    efforts = efforts_of([run.id for run in runs.values()])
    rows = [
        {
            "course": courses[key],
            "run": runs.get(key),
            "open": key in runs and runs[key].takes_enrolments(request.now),
            "price": prices.get(f"course:{key}"),
            "effort": efforts.get(runs[key].id, "") if key in runs else "",
            "enrolment": enrolled.get(runs[key].id) if key in runs else None,
            "wished": key in wishes,
        }
        for key in keys
        if key in courses
    ]
    opened = [a for a in agreements_on(on) if (school, code) in a.terms.sending.names]
    told = {
        "program": found,
        "school": institution(school),
        "rows": rows,
        "exams": exams,
        "in_all": in_all([prices.get(subject) for subject in subjects]),
        "pathways": [{"agreement": a, "status": a.status_on(on)} for a in opened],
    }
    return render(request, "program.html", told)


def best_runs(runs: Iterable[CourseRun], now: datetime) -> dict[str, CourseRun]:
    """The run of each course that a newcomer looks for: one that takes enrolments, else the next one, else the last."""
    found: dict[str, CourseRun] = {}
    for run in runs:
        known = found.get(run.course.key)
        if known is None or not (known.takes_enrolments(now) or known.enrolment_opens > now):
            found[run.course.key] = run
    return found


def in_all(prices: Sequence[Money | None]) -> Money | None:
    """What all of it costs together; None where a part has no price yet, or another currency."""
    known = [price for price in prices if price is not None]
    if not known or len(known) < len(prices) or len({price.currency for price in known}) > 1:
        return None
    return Money(sum(price.minor for price in known), known[0].currency)


def _mine(request: Request) -> tuple[dict[str, Enrolment], frozenset[str]]:
    """Where the reader is enrolled, by run, and the courses of which they want to be told."""
    if request.actor.person_id is None:
        return {}, frozenset()
    mine = enrolments_of(request.actor, request.actor.person_id)
    return {one.run_id: one for one in mine}, frozenset(wishes_of(request.actor))


def course_run(request: Request, run_id: str) -> HttpResponse:
    """One course run: what it is, what it costs, and enrolling."""
    run = queries.course_run(run_id)
    enrolled, wishes = _mine(request)
    best = best_runs(queries.runs_of_courses([run.course.key]), request.now)[run.course.key]
    price = verified_price(run, request.now)
    to_pay = price and price_to_pay(request.actor.person_id, run.course.institution, price, request.now)
    told = {
        "run": run,
        "price": price,
        "to_pay": to_pay,
        "enrolment": enrolled.get(run_id),
        "about": about_course(run_id),
        "wished": run.course.key in wishes,
        "other": best if best.id != run_id and best.takes_enrolments(request.now) else None,
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
