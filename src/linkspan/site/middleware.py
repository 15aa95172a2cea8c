"""Keep answers out of caches; name the actor and the domain's time of each request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from linkspan.accounts.queries import entering
from linkspan.kernel.actor import VISITOR
from linkspan.kernel.clock import domain_now
from linkspan.kernel.request import Request


class PrivateMiddleware:
    """What a page does not say may be kept, may not: not by a cache between, and not by the reader's machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and forbid to keep it unless the answer itself says otherwise."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ActorMiddleware:
    """Makes of each request what the faces take: one with its actor and the domain's time."""

    def __init__(self, get_response: Callable[[Request], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        """Answer the request in the name of the signed-in person, or of a visitor."""
        request.now = domain_now()
        request.actor = entering(request.user) if request.user.is_authenticated else VISITOR
        return self.get_response(request)
