"""Reads about institutions; all of it is public but the private keys."""

from linkspan.institutions.queries.joining import own_registrations, registration, registrations_to_review
from linkspan.institutions.queries.keys import did_document_of, issuer_registry, signing_key
from linkspan.institutions.queries.registry import institution, institution_names, institutions

__all__ = [
    "did_document_of",
    "institution",
    "institution_names",
    "institutions",
    "issuer_registry",
    "own_registrations",
    "registration",
    "registrations_to_review",
    "signing_key",
]
