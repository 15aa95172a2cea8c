"""What actions and queries raise. Faces answer with its status, of the kind or the nearest above it, or an exit code.

| error | meaning | HTTP | exit code |
| --- | --- | --- | --- |
| NotPermitted | the actor may not do this | 403 | 1 |
| NotFound | no such thing, or not the actor's to see | 404 | 2 |
| Refused | the rules say no; `reasons` say why | 409 | 1 |
| Unusable | the input cannot be used | 422 | 2 |
| TooExpensive | what was asked takes more time or memory than one may use | 422 | 2 |
| Busy | too many ask for this at once | 503 | 2 |
"""

from functools import partial
from typing import Any, ClassVar, Self

from linkspan.kernel.reasons import Phrase, Reason, Sentence, plain


class LinkspanError(Exception):
    """Base of all. `reason` has a code that is stable, the words that say what happened and what to do, their values.

    Raise it with the sentence and its values apart, `Refused("run_closed", "It closed on {day}.", day=day)`, so that
    faces can translate the sentence; `manage makemessages` finds it there. `reasons` are further texts.
    """

    status: ClassVar[int] = 400
    #: The field of a form that it is about, where a face knows it.
    field: str = ""

    def __init__(self, code: str, words: str, reasons: tuple[str, ...] = (), /, **values: Any) -> None:
        self.reason = Reason(code, words, {name: plain(given) for name, given in values.items()})
        self.reasons = reasons
        super().__init__(self.message)

    def at(self, field: str) -> Self:
        """The same, about a field of the form that was sent."""
        self.field = field
        return self

    @property
    def code(self) -> str:
        """What a branch and a program ask."""
        return self.reason.code

    @property
    def message(self) -> Sentence:
        """The sentence in English: for logs and the command line. Faces translate it (`told`)."""
        return self.reason.sentence

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self.reason.values), (self.code, self.reason.words, self.reasons)


class NotPermitted(LinkspanError):
    """The actor may not do this."""

    status = 403


class NotFound(LinkspanError):
    """No such thing, or not the actor's to see."""

    status = 404


class Refused(LinkspanError):
    """The rules say no."""

    status = 409


class Waits(Refused):
    """Not yet: a person has to look first. What was written to say so is kept, unlike with any other error.

    Raise it outside of the transaction whose work it stops.
    """


class Unusable(LinkspanError):
    """The input cannot be used."""

    status = 422


class TooExpensive(Unusable):
    """What was asked takes more time or memory than one may use."""


class Busy(LinkspanError):
    """Too many ask for this at once; it works again in a while."""

    status = 503


def permit(allowed: bool, what: str) -> None:
    """Raise NotPermitted unless `allowed`; `what` completes the sentence «You may not ...»."""
    if not allowed:
        words = Phrase("You may not {what}. Sign in as somebody who may, or ask for the role.")
        raise NotPermitted("not_permitted", words, what=Phrase(what))


def stated(reason: str, most: int = 2_000) -> str:
    """A reason without the blanks around it; Unusable (`reason_missing`) if there is none, or it is longer."""
    told = reason.strip()
    if not told or len(told) > most:
        raise Unusable("reason_missing", "Say why, in at most {most} characters.", most=most)
    return told
