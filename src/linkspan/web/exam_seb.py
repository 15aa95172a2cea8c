"""Safe Exam Browser for who sits an exam: the file, what to do with it, how a browser proves itself, how to leave."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from linkspan.exams import queries
from linkspan.exams.rules import Client
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.public import public_base
from linkspan.kernel.request import Request
from linkspan.web.exam_client import keep_proof, steps
from linkspan.web.pages import post_only, signed_in

LARGEST_PROOF = 4096


@signed_in
def how(request: Request, code: str) -> HttpResponse:
    """What to do to sit this exam, and one's attempts to go on with."""
    exam = queries.exam(code)
    mine = [row for row in queries.attempts_of(request.actor, request.actor.own_id) if row.sitting.exam.code == code]
    return render(request, "exam_seb.html", {"exam": exam, "attempts": mine, **steps(exam)})


def file(request: Request, code: str, number: int) -> HttpResponse:
    """The .seb file of a version; the browser itself fetches it, signed in nowhere."""
    response = HttpResponse(queries.seb_file(request.actor, code, number), content_type="application/seb")
    response["Content-Disposition"] = f'attachment; filename="{code}-{number}.seb"'
    return response


def leave(request: Request, code: str) -> HttpResponse:
    """Where Safe Exam Browser closes; any other browser shows that."""
    return render(request, "exam_seb_leave.html", {"exam": queries.exam(code)})


@post_only
@never_cache
def prove(request: Request, attempt_id: UUID) -> HttpResponse:
    """Take the hashes that a page of an attempt shows by script; 409 if they are not the exam's."""
    if request.actor.person_id is None:
        return JsonResponse({"code": "signed_out"}, status=401)
    told = _told(request)
    page, config, client, name = (str(told.get(key, ""))[:1000] for key in ("page", "config", "client", "name"))
    if not page.startswith(f"{public_base()}/exams/attempts/{attempt_id}/"):
        return JsonResponse({"code": "page_unknown"}, status=422)
    shown = Client(page, config, client, request.headers.get("User-Agent", ""), name)
    if not queries.proves_itself(request.actor, attempt_id, shown):
        return JsonResponse({"code": "seb_settings_differ"}, status=Refused.status)
    response = JsonResponse({"proven": True})
    keep_proof(request, response, attempt_id, name)
    return response


def _told(request: Request) -> dict[str, Any]:
    try:
        told = json.loads(request.body) if len(request.body) <= LARGEST_PROOF else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Unusable("proof_unusable", "Send the page, its hashes and the browser's name as JSON.")
    return told
