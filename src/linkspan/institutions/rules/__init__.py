"""Institutions as values."""

from linkspan.institutions.rules.joining import FILE_PATH, RECORD_NAME, Joining, Registration
from linkspan.institutions.rules.keys import Custody, SigningKey, did_document, did_web, registry_row
from linkspan.institutions.rules.registry import Institution, may_manage_institution

__all__ = [
    "FILE_PATH",
    "RECORD_NAME",
    "Custody",
    "Institution",
    "Joining",
    "Registration",
    "SigningKey",
    "did_document",
    "did_web",
    "may_manage_institution",
    "registry_row",
]
