"""Number requests; keep answers out of caches; name the actor and the domain's time of each request."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation
from structlog.contextvars import bound_contextvars

from linkspan.accounts.queries import entering
from linkspan.kernel.actor import VISITOR
from linkspan.kernel.clock import domain_now
from linkspan.kernel.request import Request

#: What a proxy may call a request; anything else gets a name of ours.
GIVEN = re.compile(r"[0-9A-Za-z-]{8,64}")


class HeadMiddleware:
    """Answers who asks for the head alone without a body, which the connection would hold for its next answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the length of the body in its place; the same answer, so that it is closed once, at its end."""
        response = self.get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        elif request.method == "HEAD":
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


class NumberedMiddleware:
    """Gives each request an id: every line of the log that it causes has it, and so has the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the id that a proxy gave or a new one."""
        given = request.headers.get("X-Request-ID", "")
        number = given if GIVEN.fullmatch(given) else uuid4().hex
        with bound_contextvars(request=number):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = number
        return response


class PrivateMiddleware:
    """What a page does not say may be kept, may not: not by a cache between, and not by the reader's machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and forbid to keep it unless the answer itself says otherwise."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class LanguageMiddleware:
    """Answers who is signed in, and has chosen a language, in that one, whatever the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of the account, else in the one that was found before."""
        chosen = str(getattr(request.user, "locale", "")) if request.user.is_authenticated else ""
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            setattr(request, "LANGUAGE_CODE", chosen)  # noqa: B010 - Django's own middleware sets it so, untyped
        return self.get_response(request)


class ActorMiddleware:
    """Makes of each request what the faces take: one with its actor and the domain's time."""

    def __init__(self, get_response: Callable[[Request], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        """Answer the request in the name of the signed-in person, or of a visitor."""
        request.now = domain_now()
        request.actor = entering(request.user) if request.user.is_authenticated else VISITOR
        return self.get_response(request)
