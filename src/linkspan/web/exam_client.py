"""What a request of an attempt shows of Safe Exam Browser, and the page for who comes without it."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from linkspan.exams import queries
from linkspan.exams.rules import Client, Exam, OtherDevice, OutsideSeb
from linkspan.kernel.public import public_address, public_base
from linkspan.kernel.request import Request
from linkspan.web.pages import View

#: The cookie of a browser that proved itself by script, which it does again each minute.
PROOF, PROOF_LASTS = "seb", timedelta(minutes=3)
#: The cookie that tells one device of an attempt from another.
DEVICE, MARK_LASTS = "device", timedelta(days=3)


def client_of(request: Request, attempt_id: UUID) -> Client:
    """What a request shows: hashes in its headers, or that a page of this attempt proved itself a moment ago."""
    shown = replace(Client.of(public_address(request), request.headers), device=request.COOKIES.get(DEVICE, "")[:64])
    given = request.COOKIES.get(PROOF)
    if given is None:
        return shown
    try:
        kept = signing.loads(given, salt=_salt(request, attempt_id))
    except signing.BadSignature:
        return shown
    if request.now >= datetime.fromisoformat(kept["until"]):
        return shown
    return replace(shown, name=kept["name"], proven=True)


def mark_device(request: Request, response: HttpResponse, attempt_id: UUID) -> None:
    """Leave the mark by which an attempt knows this device again, also after a crash of the browser."""
    if DEVICE not in request.COOKIES:
        _leave(response, DEVICE, secrets.token_hex(16), attempt_id, MARK_LASTS)


def keep_proof(request: Request, response: HttpResponse, attempt_id: UUID, name: str) -> None:
    """Have the browser show with what follows that it proved itself."""
    kept = {"until": (request.now + PROOF_LASTS).isoformat(), "name": name}
    _leave(response, PROOF, signing.dumps(kept, salt=_salt(request, attempt_id)), attempt_id, PROOF_LASTS)


def _leave(response: HttpResponse, name: str, value: str, attempt_id: UUID, lasts: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lasts,
        path=reverse("exam_page-attempt", args=(attempt_id,)),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _salt(request: Request, attempt_id: UUID) -> str:
    return f"linkspan.seb:{attempt_id}:{request.actor.person_id}"


def gated(view: Callable[..., HttpResponse]) -> View:
    """Answer who comes without Safe Exam Browser, or on another device, with what to do; what a form brought stays."""

    @wraps(view)
    def guarded(request: Request, attempt_id: UUID, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, attempt_id=attempt_id, **kwargs)
        except (OutsideSeb, OtherDevice) as why:
            found = queries.attempt(request.actor, attempt_id)
            again = [(name, value) for name, values in request.POST.lists() for value in values]
            again = [(name, value) for name, value in again if name != "csrfmiddlewaretoken"]
            told: dict[str, Any] = {"attempt": found, "why": why, "again": again}
            if isinstance(why, OutsideSeb):
                told |= steps(found.sitting.exam)
            return render(request, "exam_turned_away.html", told, status=why.status)

    return guarded


def steps(exam: Exam) -> dict[str, str]:
    """The address of the exam's file, and the one by which an installed browser opens it."""
    file = reverse("exam_seb-file", args=(exam.code, exam.version))
    return {"seb_file": file, "seb_open": "seb" + (public_base() + file).removeprefix("http")}
