"""Reads about institutions; all of it is public but the private keys."""

from linkspan.institutions.queries.federation import federation_entity, federation_place, superiors_of
from linkspan.institutions.queries.joining import own_registrations, registration, registrations_to_review
from linkspan.institutions.queries.keys import did_document_of, issuer_registry, signing_key, signing_place
from linkspan.institutions.queries.looks import drafted_look, letterhead, look_on, looks_of, signatories_of, signing_on
from linkspan.institutions.queries.registry import institution, institution_names, institutions
from linkspan.institutions.queries.trust import (
    dcc_registry,
    federated_rows,
    outside_roots,
    outside_rows,
    trust_changes,
    trust_source,
    trust_sources,
    trust_to_look_at,
    trusted_issuers,
)
from linkspan.institutions.queries.waiting import waits

__all__ = [
    "dcc_registry",
    "did_document_of",
    "drafted_look",
    "federated_rows",
    "federation_entity",
    "federation_place",
    "institution",
    "institution_names",
    "institutions",
    "issuer_registry",
    "letterhead",
    "look_on",
    "looks_of",
    "outside_roots",
    "outside_rows",
    "own_registrations",
    "registration",
    "registrations_to_review",
    "signatories_of",
    "signing_key",
    "signing_on",
    "signing_place",
    "superiors_of",
    "trust_changes",
    "trust_source",
    "trust_sources",
    "trust_to_look_at",
    "trusted_issuers",
    "waits",
]
