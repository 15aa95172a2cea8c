"""`linkspan manage makemessages`: Django's own, which also finds the sentences of errors where they are raised."""

from typing import Any

from django.core.management.commands import makemessages

#: What takes a sentence as its second argument; `permit` takes the end of one.
ERRORS = ("NotPermitted", "NotFound", "Refused", "Waits", "Unusable", "TooExpensive", "Busy")
OF_DOMAINS = ("SettingsRefused", "OutsideSeb", "OtherDevice")
SENTENCES = (*ERRORS, *OF_DOMAINS, "Reason", "Sentence", "permit")
#: What a verdict on a credential says.
VERDICTS = (
    "VcError:2",
    "DataLoss:2",
    "Unreadable:2",
    "Fault:2",
    "Note:2",
    "_unknown:2",
    "_failed:2",
    "_check:3",
    "Check:4",
    "problem:3",
)
#: Another name for gettext_lazy where `_` translates at once, and the mark of a part of a sentence.
ALIASES = ("lazy", "Phrase", "Said")


class Command(makemessages.Command):
    """Extract every text for translators."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        keywords = (*(f"{name}:2" for name in SENTENCES), *VERDICTS, *ALIASES)
        self.xgettext_options = [*self.xgettext_options, *(f"--keyword={name}" for name in keywords)]
