"""What happened to agreements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgreementMoved:
    """A version of an agreement moved in its life."""

    agreement_id: str
    version: int
    status: str
    reason: str
