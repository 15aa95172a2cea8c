"""Named reasons for which a document is not accepted."""

#: What could not be asked of others.
UNREACHABLE = frozenset(
    {
        *("url_refused", "address_refused", "redirect_refused", "answer_refused", "answer_too_large"),
        *("too_slow", "unreachable", "did_refused", "document_missing", "gone", "too_many_addresses"),
        *("document_differs", "document_unreadable"),
    }
)
#: What is not known here, rather than known to be wrong: whoever asks is told that it is unknown.
CANNOT_TELL = UNREACHABLE | frozenset(
    {
        *("algorithm_unknown", "critical_header_unknown", "cryptosuite_unknown", "digest_algorithm_unknown"),
        *("key_unknown", "key_type_unknown", "method_unknown", "controller_unknown", "holder_unknown"),
        *("context_unknown", "type_unknown", "envelope_unknown", "path_unknown", "pointer_unknown"),
        *("proof_type_unknown", "schema_type_unknown", "status_type_unknown", "profile_unknown", "question_unknown"),
        *("certificate_broken", "certificate_chain_too_long", "certificate_order"),
    }
)


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
