"""Reasons as faces tell them: in the language of whoever asks."""

import re
from typing import Any

from django.utils.translation import gettext

from linkspan.kernel.each import UNEXPECTED, Failed
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Reason, Sentence
from linkspan.kernel.written import in_sentence

#: A field as rules name it in a sentence: `experience_years`.
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


def told(what: LinkspanError | Failed[Any] | Reason | str) -> str:
    """The sentence of a reason, or of what has one, in the reader's language; a text as it is.

    Of a fault of ours no more is told than that it is one.
    """
    if isinstance(what, str) and not isinstance(what, Sentence):
        return gettext(what) if isinstance(what, Phrase) else what
    reason = what if isinstance(what, Reason) else what.reason
    if reason.code == UNEXPECTED:
        return gettext("A fault of ours; tell the operators.")
    return reason.told(_translated, in_sentence)


def _translated(text: str) -> str:
    """A text in the reader's language; a code of ours as its words.

    A sentence of the library `linkspan.vc` brings its own words and values.
    """
    if hasattr(text, "told"):
        return str(text.told(gettext))
    return gettext(text.replace("_", " ") if CODE.fullmatch(text) else text)
