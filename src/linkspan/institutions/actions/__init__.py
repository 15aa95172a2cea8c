"""What is done to institutions and their keys."""

from linkspan.institutions.actions.federating import set_superiors
from linkspan.institutions.actions.joining import (
    open_accreditation,
    prove_domain,
    register_to_join,
    review_accreditation,
)
from linkspan.institutions.actions.keys import declare_compromised, make_signing_key, move_to_web
from linkspan.institutions.actions.looks import discard_look, draft_look, end_signatory, enter_signatory, publish_look
from linkspan.institutions.actions.registry import register_institution
from linkspan.institutions.actions.trust_listed import refresh_source, refresh_trust
from linkspan.institutions.actions.trusting import accept_key, ask_issuer_again, ask_registry_again, end_trust, trust

__all__ = [
    "accept_key",
    "ask_issuer_again",
    "ask_registry_again",
    "declare_compromised",
    "discard_look",
    "draft_look",
    "end_signatory",
    "end_trust",
    "enter_signatory",
    "make_signing_key",
    "move_to_web",
    "open_accreditation",
    "prove_domain",
    "publish_look",
    "refresh_source",
    "refresh_trust",
    "register_institution",
    "register_to_join",
    "review_accreditation",
    "set_superiors",
    "trust",
]
