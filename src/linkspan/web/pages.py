"""What every page shares: signing in, errors in words, redirects after a post."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from linkspan.kernel.errors import Busy, LinkspanError, NotFound, NotPermitted, Refused, TooExpensive, Unusable, Waits
from linkspan.messages.queries import unread_count

STATUS: dict[type[LinkspanError], int] = {
    NotPermitted: 403,
    NotFound: 404,
    Refused: 409,
    Waits: 409,
    Unusable: 422,
    TooExpensive: 422,
    Busy: 503,
}
View = Callable[..., HttpResponse]


def context(request: HttpRequest) -> dict[str, Any]:
    """For every template: the actor's roles, unread notices, and the domain's time."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.person_id is None:
        return {"roles": (), "unread": 0, "now": getattr(request, "now", None)}
    roles = sorted({grant.role for grant in actor.grants})
    return {"roles": roles, "unread": unread_count(actor), "now": request.now}


class RefusalMiddleware:
    """Answers what actions and queries raise with a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing of its own."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal as a page; anything else goes on."""
        if not isinstance(error, LinkspanError) or request.path.startswith("/api/"):
            return None
        told = {"message": error.message, "reasons": error.reasons, "code": error.code}
        return render(request, "error.html", told, status=STATUS.get(type(error), 400))


def signed_in(view: View) -> View:
    """Send visitors to the sign-in page, and back afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor.person_id is None:
            return redirect(f"/accounts/login/?next={request.path}")
        return view(request, *args, **kwargs)

    return guarded


def done(request: HttpRequest, words: str, to: str) -> HttpResponse:
    """After a post: say what was done, and go on."""
    messages.success(request, words)
    return redirect(to)


def text(request: HttpRequest, name: str, longest: int = 10_000) -> str:
    """A field of a posted form; empty if absent."""
    return request.POST.get(name, "")[:longest].strip()


def page_number(request: HttpRequest) -> int:
    """The page of a longer list that was asked for; the first if that makes no sense."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 8 else 1


def upload(request: HttpRequest, name: str) -> bytes:
    """The content of an uploaded file; Unusable if there is none."""
    file = request.FILES.get(name)
    if file is None or file.size is None:
        raise Unusable("file_missing", "Choose a file first.")
    if file.size > 10 * 1024 * 1024:
        raise Unusable("file_too_large", "The file is larger than 10 MB. Choose a smaller one.")
    return file.read()
