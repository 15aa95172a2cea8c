"""Reasons as faces tell them: in the language of whoever asks."""

from typing import Any

from django.utils.translation import gettext

from linkspan.kernel.each import Failed
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Reason, Sentence


def told(what: LinkspanError | Failed[Any] | Reason | str) -> str:
    """The sentence of a reason, or of what has one, in the reader's language; a text as it is."""
    if isinstance(what, str) and not isinstance(what, Sentence):
        return what
    reason = what if isinstance(what, Reason) else what.reason
    return reason.told(gettext)
