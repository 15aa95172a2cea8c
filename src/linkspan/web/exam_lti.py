"""An exam that an LTI tool watches, in the learner's browser: launched, begun by the tool's word, ended on its page."""

import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from linkspan.exams import actions, queries
from linkspan.exams.actions import Launch
from linkspan.kernel.public import public_base
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, post_only, signed_in

#: The mark by which a launch knows its browser again.
MARK, MARK_LASTS = "lti", timedelta(days=1)
ASKED = (
    *("scope", "response_type", "response_mode", "client_id", "redirect_uri", "login_hint", "lti_message_hint"),
    *("state", "nonce"),
)


class Way(StrEnum):
    """Where the learner goes at the tool."""

    START = "start"
    END = "end"


@post_only
@signed_in
@never_cache
@acts(Way)
def launch(request: Request, attempt_id: UUID, do: Way) -> HttpResponse:
    """Where the browser begins at the tool: a link, since a form leads to no other site."""
    mark = request.COOKIES.get(MARK, "")[:64] or secrets.token_hex(16)
    ends = do is Way.END
    address = actions.launch_service(
        actor=request.actor, attempt_id=attempt_id, browser=mark, now=request.now, end=ends
    )
    session = queries.session_of(request.actor, attempt_id)
    found = queries.attempt(request.actor, attempt_id)
    told = {"address": address, "session": session, "attempt": found, "ends": ends}
    answer = render(request, "exam_lti.html", told)
    answer.set_cookie(
        MARK,
        mark,
        max_age=MARK_LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


@signed_in
@never_cache
def authorise(request: Request) -> HttpResponseBase:
    """The tool asks for the message of a launch: a page that posts it there, and nowhere else."""
    found = actions.authorise_launch(
        actor=request.actor,
        query={name: request.GET.get(name, "") for name in ASKED},
        browser=request.COOKIES.get(MARK, "")[:64],
        start_url=public_base() + reverse("exam_lti-start_assessment"),
        control_url=f"{public_base()}/api/v1/lti/control",
        now=request.now,
    )
    return _posting(request, found)


def _posting(request: Request, found: Launch) -> HttpResponseBase:
    @csp_update({"form-action": [f"https://{urlsplit(found.place).netloc}"]})
    def page(request: HttpRequest) -> HttpResponseBase:
        return render(request, "exam_lti_post.html", {"launch": found})

    return page(request)


@csrf_exempt
@post_only
@never_cache
def start_assessment(request: Request) -> HttpResponse:
    """The tool's word, posted from its page without a sign-in: judged and kept; the learner goes on from their exam."""
    attempt_id = actions.take_start(token=request.POST.get("JWT", ""), now=request.now)
    return redirect("exam_page-attempt", attempt_id)


@post_only
@signed_in
def begin(request: Request, attempt_id: UUID) -> HttpResponse:
    """Go on with what the tool said, in the browser that was launched."""
    mark: Any = request.COOKIES.get(MARK, "")[:64]
    actions.begin_by_service(actor=request.actor, attempt_id=attempt_id, browser=mark, now=request.now)
    return done(request, _("The service saw you. You can start."), "exam_page-attempt", attempt_id)
