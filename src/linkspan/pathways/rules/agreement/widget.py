"""Where an institution may show its pathways in a frame."""

import re
from urllib.parse import urlsplit

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

MOST_HOSTS = 20
HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
LOCAL = frozenset({"localhost", "127.0.0.1"})


def check_origin(written: str) -> str:
    """A web origin (RFC 6454) of a school's site in its one spelling; Unusable if it is none.

    HTTPS, a host name in ASCII (international names as they are registered), perhaps a port, and nothing else: what is
    accepted here goes into a Content-Security-Policy header.
    """
    text = written.strip().lower().rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    secure = parts.scheme == "https" and HOST.fullmatch(host) and len(host) <= 253
    local = parts.scheme == "http" and host in LOCAL
    spelled = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if not (secure or local) or spelled != text:
        raise Unusable("origin_unusable", "Write the address of the site's start, such as https://www.example.edu")
    return spelled


def may_place_widget(actor: Actor, institution: str) -> bool:
    """The institution's registrars, and operators."""
    return actor.has_role("registrar", institution) or actor.has_role("operator")
