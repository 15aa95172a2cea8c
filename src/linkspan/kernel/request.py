"""A request as the faces see it."""

from datetime import datetime
from typing import TypeGuard

from django.http import HttpRequest

from linkspan.kernel.actor import Actor


class Request(HttpRequest):
    """A request with who asks and the domain's time, both set before any face is reached.

    A type only: Django makes the object, and the middleware of the site puts these two on it.
    """

    actor: Actor
    now: datetime


def is_named(request: HttpRequest) -> TypeGuard[Request]:
    """Whether the middleware has said who asks; not so where a request fails before it."""
    return hasattr(request, "actor")
