"""`linkspan manage makemessages`: Django's own, which also finds the sentences of errors where they are raised."""

from typing import Any

from django.core.management.commands import makemessages

#: What takes a sentence as its second argument; `permit` takes the end of one.
SENTENCES = ("NotPermitted", "NotFound", "Refused", "Waits", "Unusable", "TooExpensive", "Busy", "Reason", "permit")
#: Another name for gettext_lazy, in modules where `_` translates at once.
ALIASES = ("lazy",)


class Command(makemessages.Command):
    """Extract every text for translators."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        options = (*(f"--keyword={name}:2" for name in SENTENCES), *(f"--keyword={name}" for name in ALIASES))
        self.xgettext_options = [*self.xgettext_options, *options]
