"""What a page answers when a form is refused: the page with the form, as it was sent, and what was wrong with it.

It is asked for again as its reader would, so that it shows what they may see now. Where it can no longer be drawn, or
nobody is signed in any more, a page of its own holds what was typed.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from linkspan.accounts.rules import told_to
from linkspan.kernel.errors import LinkspanError, NotPermitted, Unusable
from linkspan.kernel.request import is_named
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import Changed
from linkspan.web.field_of import fields_of
from linkspan.web.filled import Sent, Told, Wrong, choose_again, filled, may_be_shown
from linkspan.web.pages import (
    VERB,
    NotAll,
    OlderForm,
    ShownOnce,
    View,
    no_choice,
    page_here,
    sign_in_address,
    unstorable,
)

log = structlog.get_logger(__name__)
#: What the script and a page that was drawn again put into a form, for this module alone.
FORM_PAGE, SENT_AS = "form_page", "sent_as"
#: What a page offers to choose, and numbers.
CHOICE = re.compile(r"[a-z0-9_.:+-]*")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RefusalMiddleware:
    """Answers what actions and queries raise with a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A page of words for an address that takes a post only; else nothing but whether a form was taken."""
        answer = self.get_response(request)
        if answer.status_code == 405 and not answer.content and not request.path.startswith("/api/"):
            told = {
                "message": _("This address takes a form. Go back to the page with the form."),
                "code": "form_missing",
            }
            shown = render(request, "error.html", told, status=405)
            shown["Allow"] = answer["Allow"]
            return shown
        if _lost_sign_in(request, answer):
            return _signed_out(request)
        if hasattr(answer, "token_failed") and _is_ours(request) and _is_form(request):
            _take_aside(request)
            return self._drawn_again(request, token_failed()) or plain_refusal(request, token_failed())
        if _forgets(request, answer):
            page = request.get_full_path()
            answer.content = filled(answer.content.decode(), page, sent_by(request))
        _say_whether_taken(request, answer)
        return answer

    def process_view(self, request: HttpRequest, view: View, *_given: Any) -> HttpResponse | None:
        """A refusal where a page with one act is asked for another: `do` belongs to pages that declare their verbs."""
        if request.method != "POST" or not _is_form(request):
            return None
        _take_aside(request)
        ours = getattr(view, "__module__", "").startswith("linkspan.web.")
        if not ours or hasattr(view, "verbs") or VERB not in request.POST:
            return None
        return self.process_exception(request, no_choice())

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal as a page; anything else goes on."""
        if isinstance(error, RawPostDataException):
            error = Unusable("body_unusable", _("Send this as it is asked for: not as a form with files."))
        if isinstance(error, DataError):
            log.warning("the database could not hold what was sent", path=request.path, exc_info=error)
            error = unstorable()
        if not isinstance(error, LinkspanError) or request.path.startswith("/api/"):
            return None
        if isinstance(error, Changed):
            return _changed(request, error)
        if is_named(request) and told_to(request.actor, error) is not error:
            if not any(sent_by(request).typed()):
                return redirect("accounts-second_factor")
            error = told_to(request.actor, error)
        return self._drawn_again(request, error) or plain_refusal(request, error)

    def _drawn_again(self, request: HttpRequest, error: LinkspanError) -> HttpResponse | None:
        """The page that held the form, with all that was typed; None where it cannot be drawn any more."""
        page = _page_of(request)
        if request.method != "POST" or not page or hasattr(request, "drawn_again"):
            return None
        again = _asked_again(request, page)
        answer = self.get_response(again)
        for key in ("CSRF_COOKIE", "CSRF_COOKIE_NEEDS_UPDATE"):
            if key in again.META:
                request.META[key] = again.META[key]
        kind = answer.headers.get("Content-Type", "")
        if answer.status_code != 200 or answer.streaming or not kind.startswith("text/html"):
            return None
        message = in_words(error)
        sent = sent_by(request)
        parts = error.wrong if isinstance(error, NotAll) else ()
        told = {"message": message, "reasons": error.reasons, "typed": any(sent.typed()), "partly": bool(parts)}
        wrong = [Wrong(in_words(one), fields_of(one)) for one in parts or (error,)]
        said = Told(render_to_string("refused.html", told), wrong, partly=bool(parts))
        answer.content = filled(answer.content.decode(), page, sent, said)
        answer.status_code = error.status
        return _whole(answer)


def plain_refusal(request: HttpRequest, error: LinkspanError) -> HttpResponse:
    """A page that says what was refused, with what was typed to be copied."""
    typed = typed_in(request)
    told = {"message": in_words(error), "reasons": error.reasons, "typed": typed}
    told["page"] = _page_of(request) if typed else ""
    return _whole(render(request, "error.html", told, status=error.status))


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody typed into the form that was sent, by field; nothing if no form was."""
    return list(sent_by(request).typed()) if request.method == "POST" and _is_form(request) else []


def sent_by(request: HttpRequest) -> Sent:
    """What the form of this request sent; nothing of a body that is no form."""
    if request.method != "POST" or not _is_form(request):
        return Sent(request.path, {}, {})
    files = {name: [one.name or "" for one in found] for name, found in request.FILES.lists()}
    return Sent(request.path, dict(request.POST.lists()), files)


def token_failed() -> NotPermitted:
    """Why a form is not taken whose secret is none of this sign-in."""
    return NotPermitted("form_too_old", _("This form was too old. Look at it and send it again."))


def refused_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's page for a form whose secret is wrong, marked: one of our own pages is drawn again."""
    shown = render(request, "403_csrf.html", {"typed": []}, status=403)
    vars(shown)["token_failed"] = reason
    return shown


def damaged(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django could not read as a request: broken forms, too many fields, a file's name longer than any.

    A host that is not ours gets no page of ours, and Django has told the log of it.
    """
    if isinstance(exception, DisallowedHost):
        return bad_request(request, exception)
    log.warning("a request could not be read", path=request.path, kind=type(exception).__name__)
    message = _("This form came damaged, or with more in it than any form takes. Go back and send it again.")
    if request.path.startswith("/api/") or request.content_type == "application/json":
        return JsonResponse({"code": "request_damaged", "message": message}, status=400)
    return HttpResponse(render_to_string("error.html", {"message": message, "reasons": ()}), status=400)


def _whole(answer: HttpResponse) -> HttpResponse:
    """Mark an answer that holds all that was typed."""
    vars(answer)["holds_all"] = True
    return answer


def _forgets(request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether a view refused a form by a page of its own, which may not hold all that was typed."""
    if request.method != "POST" or not 400 <= answer.status_code < 500 or hasattr(answer, "holds_all"):
        return False
    html = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return html and _is_form(request) and not request.path.startswith("/accounts/")


def _lost_sign_in(request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether all that is asked of what somebody wrote is to sign in: the sign-in ended meanwhile."""
    if not is_named(request) or request.actor.person_id is not None or request.path.startswith("/accounts/"):
        return False
    asked = answer.status_code == 302 and _asks_who(answer.headers.get("Location", ""))
    # A choice that a page offers, and a number, are made again at once.
    return asked and any(CHOICE.fullmatch(value) is None for _name, value in typed_in(request))


def _signed_out(request: HttpRequest) -> HttpResponse:
    """What was typed, to be sent again once somebody has signed in in another window."""
    sent = sent_by(request)
    told = {
        "sign_in": sign_in_address(request),
        "page": _page_of(request) or request.get_full_path(),
        "to": request.get_full_path(),
        "again": [(name, one) for name, values in sent.fields.items() if may_be_shown(name) for one in values],
        "typed": typed_in(request),
        "files": [choose_again(names) for names in sent.files.values()],
    }
    return _whole(render(request, "signed_out_form.html", told, status=403))


def _is_form(request: HttpRequest) -> bool:
    return request.content_type in FORMS and not request.path.startswith("/api/")


def _take_aside(request: HttpRequest) -> None:
    """Take what is for this module out of the form, so that no view reads it."""
    if {FORM_PAGE, SENT_AS}.isdisjoint(request.POST):
        return
    fields = request.POST.copy()
    for name in (FORM_PAGE, SENT_AS):
        vars(request)[name] = str(fields.pop(name, [""])[-1])
    vars(request)["_post"] = fields


def _is_ours(request: HttpRequest) -> bool:
    """Whether a page of this site sent the form, as the browser says."""
    origin = request.headers.get("Origin", "")
    own = f"{request.scheme}://{request.get_host()}"
    return origin == own or request.headers.get("Sec-Fetch-Site") == "same-origin"


def _page_of(request: HttpRequest) -> str:
    """The page of ours that held the form, as it says itself or the browser does; empty if nobody does."""
    named = getattr(request, FORM_PAGE, "") or request.headers.get("Referer", "")
    if not named and request.headers.get("Sec-Fetch-Site") == "same-origin":
        named = request.get_full_path()
    return page_here(request, named, "") if named else ""


def _asked_again(request: HttpRequest, page: str) -> WSGIRequest:
    """The request for a page by the same person in the same session."""
    parts = urlsplit(page)
    asked = {
        **{key: value for key, value in request.META.items() if key != "CONTENT_TYPE"},
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": "0",
        "wsgi.input": BytesIO(),
    }
    again = WSGIRequest(asked)
    mine = vars(again)
    for name, value in vars(request).items():
        if name not in mine and name not in {"GET", "_post", "_files", "_body", "resolver_match", FORM_PAGE, SENT_AS}:
            mine[name] = value
    mine["drawn_again"] = True
    return again


def _say_whether_taken(request: HttpRequest, answer: HttpResponse) -> None:
    """Tell the script that keeps what is typed (`keep.js`) what became of the form that it sent under this name."""
    name = getattr(request, SENT_AS, "")
    if not (name.isascii() and name.isalnum() and len(name) <= 40):
        return
    leads_on = answer.status_code in (301, 302, 303) and not _asks_who(answer.headers.get("Location", ""))
    gone = leads_on or isinstance(answer, ShownOnce)
    answer.set_cookie(
        f"sent.{name}", "taken" if gone else "shown", max_age=600, samesite="Strict", secure=request.is_secure()
    )


def _asks_who(to: str) -> bool:
    """Whether an address asks for a sign-in, or more of one, before anything is done."""
    asking = (settings.LOGIN_URL, "accounts-second_factor", "account_reauthenticate", "mfa_reauthenticate")
    return urlsplit(to).path in {resolve_url(one) for one in asking}


def _changed(request: HttpRequest, error: Changed) -> HttpResponse:
    """Both what is saved and what was typed, which can be sent over it; nothing typed is lost."""
    form = error if isinstance(error, OlderForm) else OlderForm(error, {})
    mine = form.typed or {name: ", ".join(request.POST.getlist(name)) for name in error.saved}
    kept = {name: saved if isinstance(saved, str) else str(saved) for name, saved in error.saved.items()}
    rows = [(name, saved, mine.get(name, "")) for name, saved in kept.items()]
    again = [(name, value) for name, values in request.POST.lists() for value in values]
    gone = {"csrfmiddlewaretoken", "seen", *error.form}
    told = {
        "rows": [row for row in rows if row[1] != row[2]],
        "again": [*((name, value) for name, value in again if name not in gone), *error.form.items()],
        "version": error.version,
        "back": form.page or request.path,
    }
    return _whole(render(request, "changed.html", told, status=409))


__all__ = ["RefusalMiddleware", "plain_refusal", "refused_token", "sent_by", "sign_in_address", "typed_in"]
