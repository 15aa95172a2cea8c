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

from typing import ClassVar


class LinkspanError(Exception):
    """Base of all; `code` is stable and machine-readable, `message` says in words what happened and what to do."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reasons = reasons

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.message, self.reasons)


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
        raise NotPermitted("not_permitted", f"You may not {what}. Sign in as somebody who may, or ask for the role.")
