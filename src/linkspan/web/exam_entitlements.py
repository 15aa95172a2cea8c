"""What a payment for an exam gives, by program and day, for program staff."""

from collections.abc import Mapping
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.catalog.queries import programs
from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import Entitlement, may_set_entitlements
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import permit
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.request import Request
from linkspan.web import exam_forms as forms
from linkspan.web.pages import done, signed_in, text


@signed_in
def rules(request: Request, school: str) -> HttpResponse:
    """The rules of an institution's programs; a post sets one. Everything typed is kept on an error."""
    permit(may_set_entitlements(request.actor, school), "set what a payment for an exam gives here")
    if request.method != "POST":
        return _rules(request, school, {"cool_off_days": "0"}, {})
    values = {name: text(request, name, 128) for name in forms.ENTITLEMENT}
    try:
        if values["program"] not in {key for key, _title in _programs(request, school)}:
            raise Invalid({"program": Sentence("program_unusable", "Choose a program of your institution.")})
        rule = _typed(values)
        actions.set_entitlement(actor=request.actor, program_key=values["program"], rule=rule, now=request.now)
    except Invalid as error:
        fields = {("attempts_paid" if name == "attempts" else name): words for name, words in error.fields.items()}
        return _rules(request, school, values, fields)
    return done(request, _("The rule is set. Who registered before it keeps the rule of that day."), request.path)


def _typed(values: Mapping[str, str]) -> Entitlement:
    try:
        day = date.fromisoformat(values["valid_from"])
    except ValueError:
        raise Invalid({"valid_from": Sentence("day_unusable", "Choose another day.")}) from None
    numbers = forms.whole(values, ("cool_off_days", *(("attempts_paid",) if values["attempts_paid"] else ())))
    return Entitlement(day, numbers.get("attempts_paid"), numbers["cool_off_days"])


def _programs(request: Request, school: str) -> tuple[tuple[str, str], ...]:
    return tuple((row.key, row.title) for row in programs(request.now.date()) if row.institution == school)


def _rules(request: Request, school: str, values: Mapping[str, str], errors: Mapping[str, str]) -> HttpResponse:
    offered = _programs(request, school)
    titles = dict(offered)
    held = queries.entitlements(request.actor, school)
    told = {
        "school": institution(school),
        "rules": [(titles.get(key, key), rule) for key, found in held.items() for rule in found],
        "rows": forms.rows(forms.ENTITLEMENT, values, errors, {"program": offered}),
        "errors": errors,
    }
    return render(request, "desk/exam_entitlements.html", told, status=422 if errors else 200)
