"""What is done to institutions and their keys."""

from linkspan.institutions.actions.joining import (
    open_accreditation,
    prove_domain,
    register_to_join,
    review_accreditation,
)
from linkspan.institutions.actions.keys import declare_compromised, make_signing_key
from linkspan.institutions.actions.registry import register_institution

__all__ = [
    "declare_compromised",
    "make_signing_key",
    "open_accreditation",
    "prove_domain",
    "register_institution",
    "register_to_join",
    "review_accreditation",
]
