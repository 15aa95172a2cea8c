"""Answers to the script of an exam's page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import View, post_only


def as_json(view: Callable[..., dict[str, Any]]) -> View:
    """For the page's script: an answer or a refusal as JSON; 401 if the session ended."""

    @wraps(view)
    def answered(request: Request, **kwargs: Any) -> HttpResponse:
        if request.actor.person_id is None:
            return JsonResponse(
                {
                    "code": "signed_out",
                    "message": _("You are signed out. Sign in again in another tab: your answers are kept here."),
                },
                status=401,
            )
        try:
            answer, status = view(request, **kwargs), 200
        except LinkspanError as error:
            answer, status = {"code": error.code, "message": in_words(error)}, error.status
        return JsonResponse(jsonable(answer), status=status)

    return never_cache(post_only(answered))
