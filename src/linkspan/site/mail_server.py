"""Where mail leaves: Django's settings out of one address, such as smtp+tls://name:word@mail.example.edu:587."""

from typing import Any
from urllib.parse import unquote, urlsplit

from environs import EnvError

#: The usual port of each way, and whether TLS is asked for after the greeting, or stands before it.
WAYS = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


def mail_settings(url: str) -> dict[str, Any]:
    """Return the settings of a mail server; EnvError says what is wrong with its address."""
    try:
        told = urlsplit(url)
        given = told.port
    except ValueError as error:
        raise EnvError(f"LINKSPAN_EMAIL_URL: {error}.") from error
    if told.scheme not in WAYS or not told.hostname or told.path.strip("/") or told.query or told.fragment:
        raise EnvError("LINKSPAN_EMAIL_URL is not smtp://, smtp+tls:// or smtps://NAME:PASSWORD@HOST:PORT.")
    port, after_greeting, before_greeting = WAYS[told.scheme]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": told.hostname,
        "EMAIL_PORT": given or port,
        "EMAIL_HOST_USER": unquote(told.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(told.password or ""),
        "EMAIL_USE_TLS": after_greeting,
        "EMAIL_USE_SSL": before_greeting,
    }
