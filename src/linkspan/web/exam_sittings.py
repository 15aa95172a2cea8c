"""The sittings of an exam for its staff: added, changed, prolonged, cancelled."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.queries import HeldSitting, MadeExam
from linkspan.institutions.queries import institution
from linkspan.kernel.request import Request
from linkspan.web import exam_forms as forms
from linkspan.web.pages import acts, done, signed_in, text


class OfSitting(StrEnum):
    """What becomes of a sitting."""

    CHANGE = "change"
    PROLONG = "prolong"
    CANCEL = "cancel"


@signed_in
def add(request: Request, code: str) -> HttpResponse:
    """Add a sitting; everything typed is kept on an error."""
    exam = queries.made_exam(request.actor, code)
    if request.method != "POST":
        return _add(request, exam, {}, {})
    values = {name: text(request, name, 20) for name in forms.SITTING}
    try:
        times = forms.times(values, _zone(exam))
        actions.add_sitting(
            actor=request.actor,
            code=code,
            opens_at=times.opens_at,
            closes_at=times.closes_at,
            release_at=times.release_at,
            capacity=forms.places(values["capacity"]),
            now=request.now,
        )
    except Invalid as error:
        return _add(request, exam, values, error.fields)
    return done(request, _("The sitting is added. Learners see it now."), "exam_making-exam", code)


@signed_in
@acts(OfSitting)
def sitting(request: Request, sitting_id: UUID, do: OfSitting | None = None) -> HttpResponse:
    """Change, prolong or cancel a sitting; those whom it concerns are told."""
    exam, found = queries.held_sitting(request.actor, sitting_id)
    shown = forms.typed_sitting(found, _zone(exam))
    if do is None:
        return _sitting(request, exam, found, shown, {})
    values = shown | {name: text(request, name) for name in (*forms.SITTING, "reason") if name in request.POST}
    try:
        words = _done(request, exam, found, values, do)
    except Invalid as error:
        return _sitting(request, exam, found, values, error.fields, do)
    return done(request, words, "exam_making-exam", exam.code)


def _done(request: Request, exam: MadeExam, found: HeldSitting, values: Mapping[str, str], do: OfSitting) -> str:
    actor, now, zone = request.actor, request.now, _zone(exam)
    if do is OfSitting.CANCEL:
        actions.cancel_sitting(actor=actor, sitting_id=found.id, reason=values.get("reason", ""), now=now)
        return _("The sitting is cancelled. Those whom it concerns are told.")
    if do is OfSitting.PROLONG:
        closes_at = forms.moment(values, "closes_at", zone)
        actions.prolong_sitting(actor=actor, sitting_id=found.id, closes_at=closes_at, now=now)
        return _("The sitting closes later. Those whom it concerns are told.")
    times = forms.times(values, zone)
    actions.change_sitting(
        actor=actor,
        sitting_id=found.id,
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        release_at=times.release_at,
        capacity=forms.places(values["capacity"]),
        now=now,
    )
    return _("The sitting is changed. Those whom it concerns are told.")


def _add(request: Request, exam: MadeExam, values: Mapping[str, str], errors: Mapping[str, str]) -> HttpResponse:
    told = {"exam": exam, "rows": forms.rows(forms.SITTING, values, errors), "errors": errors, "zone": _zone(exam)}
    return render(request, "desk/exam_sitting_add.html", told, status=422 if errors else 200)


def _sitting(
    request: Request,
    exam: MadeExam,
    found: HeldSitting,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    do: OfSitting | None = None,
) -> HttpResponse:
    told = {
        "exam": exam,
        "sitting": found,
        "over": found.cancelled_at is not None or request.now >= found.closes_at,
        "rows": forms.rows(("closes_at",) if found.attempts else forms.SITTING, values, errors),
        "errors": errors,
        "cancelling": do is OfSitting.CANCEL,
        "reason": values.get("reason", ""),
        "zone": _zone(exam),
    }
    return render(request, "desk/exam_sitting.html", told, status=422 if errors else 200)


def _zone(exam: MadeExam) -> str:
    return institution(exam.institution).time_zone
