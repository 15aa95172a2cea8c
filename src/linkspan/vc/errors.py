"""Named reasons for which a document is not accepted."""


class VcError(ValueError):
    """A document that cannot be relied on; `code` is stable, the message says what and where."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.message)


class DataLoss(VcError):
    """Processing would drop or change what a reader sees (VC Data Integrity 1.0, section 4.4)."""


class Unreadable(VcError):
    """Not a document of any kind known here."""


class ContextsMissing(RuntimeError):
    """The JSON-LD contexts were not built."""
