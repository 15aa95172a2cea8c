"""The address at which the world reaches us, whatever stands in between: the configured one, never the request's."""

from django.conf import settings
from django.http import HttpRequest


def public_base() -> str:
    """The address of the site, without a slash at its end."""
    return str(settings.BASE_URL).rstrip("/")


def public_address(request: HttpRequest) -> str:
    """The address of a request as its sender names it: our base, the path, and the query as it came."""
    query = request.META.get("QUERY_STRING", "")
    return public_base() + request.path + (f"?{query}" if query else "")
