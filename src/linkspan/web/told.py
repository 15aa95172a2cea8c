"""Reasons as their reader is told them: in the language of the page."""

from typing import Any

from django.utils.translation import gettext

from linkspan.kernel.each import Failed
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Reason


def told(what: LinkspanError | Failed[Any] | Reason | str) -> str:
    """The sentence of a reason, or of what has one, in the reader's language; a text as it is."""
    if isinstance(what, str):
        return what
    reason = what if isinstance(what, Reason) else what.reason
    return reason.told(gettext)
