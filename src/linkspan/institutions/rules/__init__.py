"""Institutions as values."""

from linkspan.institutions.rules.joining import FILE_PATH, RECORD_NAME, Joining, Registration
from linkspan.institutions.rules.keys import Custody, SigningKey, did_document, did_web, registry_row
from linkspan.institutions.rules.registry import Institution, may_manage_institution
from linkspan.institutions.rules.trust import (
    FederationPlace,
    Moved,
    Standing,
    TrustChange,
    TrustedIssuer,
    TrustKind,
    TrustSource,
    may_decide_trust,
    may_see_trust,
)

__all__ = [
    "FILE_PATH",
    "RECORD_NAME",
    "Custody",
    "FederationPlace",
    "Institution",
    "Joining",
    "Moved",
    "Registration",
    "SigningKey",
    "Standing",
    "TrustChange",
    "TrustKind",
    "TrustSource",
    "TrustedIssuer",
    "did_document",
    "did_web",
    "may_decide_trust",
    "may_manage_institution",
    "may_see_trust",
    "registry_row",
]
