"""E-mail addresses in their one normal form: how they are stored, compared and looked up."""

import re
import unicodedata
from typing import NewType

from linkspan.kernel.errors import Unusable

#: Made by `address` alone.
Address = NewType("Address", str)
LONGEST = 254
_FORM = re.compile(r"[^\s@]+@[^\s@]+")


def address(text: str) -> Address:
    """The normal form: without blanks around, in lower case, composed; Unusable for what is no address."""
    found = unicodedata.normalize("NFC", text.strip()).lower()
    if not _FORM.fullmatch(found) or not found.isprintable() or len(found) > LONGEST:
        raise Unusable("email_unusable", "{text} is not an e-mail address.", text=repr(text[:LONGEST]))
    return Address(found)
