"""What a form showed, so that an older page does not erase what was saved since."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from linkspan.kernel.errors import Refused
from linkspan.kernel.jsonable import jsonable


class Changed(Refused):
    """What a form would replace was saved since it was shown; nothing was changed.

    `saved` is what is saved now, by field; with its `version`, and the fields of `form` as they are now, the form can
    be sent over it, knowingly.
    """

    def __init__(self, saved: Mapping[str, Any], form: Mapping[str, str] | None = None) -> None:
        super().__init__("changed_since", "This was changed since you opened the page. Nothing was saved.")
        self.saved = saved
        self.version = version_of(saved)
        self.form = dict(form or {})


def version_of(saved: Mapping[str, Any]) -> str:
    """The version of what a form shows, for its hidden field."""
    return hashlib.sha256(rfc8785.dumps(jsonable(saved, documents=True))).hexdigest()[:32]


def check_seen(seen: str | None, saved: Mapping[str, Any]) -> None:
    """Changed unless the form showed exactly this; None replaces on purpose what was not looked at."""
    if seen is not None and seen != version_of(saved):
        raise Changed(saved)
