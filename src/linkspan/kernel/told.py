"""Reasons as faces tell them: in the language of whoever asks."""

from typing import Any

from django.utils.translation import gettext

from linkspan.kernel.each import UNEXPECTED, Failed
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Reason, Sentence


def told(what: LinkspanError | Failed[Any] | Reason | str) -> str:
    """The sentence of a reason, or of what has one, in the reader's language; a text as it is.

    Of a fault of ours no more is told than that it is one.
    """
    if isinstance(what, str) and not isinstance(what, Sentence):
        return gettext(what) if isinstance(what, Phrase) else what
    reason = what if isinstance(what, Reason) else what.reason
    return gettext("A fault of ours; tell the operators.") if reason.code == UNEXPECTED else reason.told(gettext)
