"""One message to the mail server (`EMAIL_BACKEND`), within the time limit of the settings (`EMAIL_TIMEOUT`)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from linkspan.kernel.outside import leaving


def send(*, to: str, subject: str, body: str, key: str) -> None:
    """Hand a message over; raises if the server does not take it.

    The same key at each try makes the same `Message-ID` (RFC 5322, section 3.6.4), by which a message that was taken
    just before the answer was lost is known again.
    """
    leaving()
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.BASE_URL).hostname}>"}
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()
