"""Packages of QTI: looked through and taken into a draft, and a version written as one."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.actions import QtiTaken
from linkspan.exams.rules import Version, cells
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, signed_in, upload


class Upload(StrEnum):
    """What is done with a package."""

    LOOK = "look"
    SAVE = "save"


@signed_in
@acts(Upload)
def package(request: Request, code: str, do: Upload | None = None) -> HttpResponse:
    """Upload a package of QTI: looked through first, then saved."""
    found = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    if do is None:
        return _page(request, found)
    try:
        taken = actions.take_qti(
            actor=request.actor,
            code=code,
            archive=upload(request, "file"),
            dry_run=do is Upload.LOOK,
            now=request.now,
        )
    except Unusable as error:
        return _page(request, found, problem=error)
    if do is Upload.LOOK:
        return _page(request, found, taken)
    return done(request, _("The questions are saved. Say how many are drawn."), "exam_making-draft", code)


@signed_in
def written(request: Request, code: str, number: int) -> HttpResponse:
    """A version as a package of QTI 3.0."""
    answer = HttpResponse(queries.qti_of(request.actor, code, number), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{code}-{number}-qti.zip"'
    return answer


def _page(
    request: Request, found: Version, taken: QtiTaken | None = None, problem: Unusable | None = None
) -> HttpResponse:
    counted = cells(taken.change.bank, ()) if taken and taken.change else ()
    told = {"found": found, "taken": taken, "problem": problem, "cells": counted}
    return render(request, "desk/exam_qti.html", told, status=422 if problem else 200)
