"""Institutions as values."""

from linkspan.institutions.rules.joining import FILE_PATH, RECORD_NAME, Joining, Registration
from linkspan.institutions.rules.keys import (
    Custody,
    KeyShown,
    Moving,
    SigningKey,
    SigningPlace,
    did_document,
    did_web,
    is_public,
    moving,
    registry_row,
)
from linkspan.institutions.rules.look import Drawn, Look, PictureKind, Signatory, contrast, may_set_look, plain_look
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
    "Drawn",
    "FederationPlace",
    "Institution",
    "Joining",
    "KeyShown",
    "Look",
    "Moved",
    "Moving",
    "PictureKind",
    "Registration",
    "Signatory",
    "SigningKey",
    "SigningPlace",
    "Standing",
    "TrustChange",
    "TrustKind",
    "TrustSource",
    "TrustedIssuer",
    "contrast",
    "did_document",
    "did_web",
    "is_public",
    "may_decide_trust",
    "may_manage_institution",
    "may_see_trust",
    "may_set_look",
    "moving",
    "plain_look",
    "registry_row",
]
