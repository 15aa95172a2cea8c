"""How the grade of a program is made, from which day on, and what the program is aligned with."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.catalog.queries import changes_of_kind, publishes_with_second
from linkspan.catalog.rules import Kind
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import LETTERS, Attempts
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, choice, day_in, done, post_only, signed_in, text

#: Below the lowest letter that is given stands F, which nobody sets.
GIVEN = tuple(reversed(LETTERS[1:]))


class Policy(StrEnum):
    """What becomes of a policy."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


@signed_in
def programs(request: Request) -> HttpResponse:
    """The programs whose grading one decides on."""
    return render(
        request,
        "desk/graded_programs.html",
        {"programs": queries.graded_programs(request.actor, request.now.date())},
    )


@signed_in
def program(request: Request, school: str, code: str) -> HttpResponse:
    """The policies of a program, its alignments, and a form for each."""
    found = queries.program_grading(request.actor, f"{school}/{code}", request.now.date())
    kept = [one for one in changes_of_kind(request.actor, school, Kind.GRADING) if one.content["program"] == code]
    aligned = changes_of_kind(request.actor, school, Kind.ALIGNMENT)
    kept += [one for one in aligned if one.content["achievement"] == code]
    told = {"found": found, "letters": GIVEN, "kept": kept, "two": publishes_with_second(school)}
    return render(request, "desk/program_grading.html", told)


@post_only
@signed_in
@acts(Policy)
def policy(request: Request, school: str, code: str, do: Policy) -> HttpResponse:
    """Publish a policy from a day on, or take back one that has not begun."""
    actor, key, now = request.actor, f"{school}/{code}", request.now
    if do is Policy.WITHDRAW:
        actions.withdraw_grading_policy(actor=actor, program_key=key, valid_from=day_in(request, "valid_from"), now=now)
        return done(request, _("The policy was taken back."), "program_grading-program", school, code)
    numbers = ("course_weight", "exam_weight", "pass_percent", "exam_pass_percent")
    data = {name: given for name in numbers if (given := text(request, name, 10))}
    bands = {letter: given for letter in GIVEN if (given := text(request, f"from {letter}", 10))}
    told = {**data, "attempts": choice(request, "attempts", Attempts).value, "bands": bands}
    public = actions.publish_grading_policy(
        actor=actor, program_key=key, data=told, valid_from=day_in(request, "valid_from"), now=now
    )
    words = _("The policy is published.") if public else _("It is prepared. Another person publishes it.")
    return done(request, words, "program_grading-program", school, code)


@post_only
@signed_in
def align(request: Request, school: str, code: str) -> HttpResponse:
    """Align the program with something in a framework; the same address again replaces what was said of it."""
    fields = ("targetName", "targetUrl", "targetCode", "targetFramework", "targetDescription", "targetType")
    data = {name: given for name in fields if (given := text(request, name, 2_000))}
    public = actions.align(actor=request.actor, achievement_key=f"{school}/{code}", data=data, now=request.now)
    words = _("It stands in credentials from now on.") if public else _("It is prepared. Another person publishes it.")
    return done(request, words, "program_grading-program", school, code)
