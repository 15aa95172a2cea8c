"""What staff say of a course on its page for everybody."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.courseware import actions, queries
from linkspan.courseware.rules import LONGEST_EFFORT, Said
from linkspan.kernel.request import Request
from linkspan.web.pages import done, signed_in, text, ticked


@signed_in
def edit(request: Request, run_id: str) -> HttpResponse:
    """The form of the course's page; a post saves it."""
    run = queries.authored_run(request.actor, run_id)
    if request.method == "POST":
        fields = {name: text(request, name, 30_000) for name in ("overview", "effort", "staff")}
        said = Said(**fields, syllabus=ticked(request, "syllabus"))
        actions.say_of_course(actor=request.actor, run_id=run_id, said=said, now=request.now)
        return done(request, _("The course's page is saved."), "course_about-edit", run_id)
    told = {"run": run, "said": queries.said_of(request.actor, run_id), "longest_effort": LONGEST_EFFORT}
    return render(request, "desk/course_about.html", told)
