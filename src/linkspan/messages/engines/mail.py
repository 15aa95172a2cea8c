"""One message to the mail server (`EMAIL_BACKEND`), within the time limit of the settings (`EMAIL_TIMEOUT`)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from linkspan.kernel.outside import leaving
from linkspan.messages.rules import Mail


def send(mail: Mail, *, key: str) -> None:
    """Hand a message over; raises if the server does not take it.

    The same key at each try makes the same `Message-ID` (RFC 5322, section 3.6.4), by which a message that was taken
    just before the answer was lost is known again.
    """
    leaving()
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.BASE_URL).hostname}>"}
    EmailMessage(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to], headers=headers).send()


def greet() -> None:
    """Have the mail server take our name and password; OSError says what it answered."""
    leaving()
    with get_connection():
        pass
