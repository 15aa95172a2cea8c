"""What a request gets that broke: who waits for the database is asked to try again; else it is a fault of ours."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.views.defaults import server_error

#: In how many seconds a browser or a program may ask again.
AGAIN_SECONDS = "5"


def broken(request: HttpRequest) -> HttpResponse:
    """503 with a time to ask again where the database is away or busy, as a page or as JSON; the page of 500 otherwise.

    A proxy asks another server for what can be asked twice, and programs and the page of an exam send it again.
    """
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return server_error(request)
    told = {"Retry-After": AGAIN_SECONDS}
    if request.path.startswith("/api/") or request.content_type == "application/json":
        words = {"code": "database_away", "message": _("The database does not answer. Try again in a moment.")}
        return JsonResponse(words, status=503, headers=told)
    return HttpResponse(get_template("503.html").render(), status=503, headers=told)
