"""Is it in force at that time?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from linkspan.vc.instants import moment
from linkspan.vc.said import Said
from linkspan.vc.verify.verdict import FAILED, PASSED, Check

BEGINS = ("validFrom", "issuanceDate")
ENDS = ("validUntil", "expirationDate")


def validity(credential: Mapping[str, Any], at: datetime) -> Check:
    """The period of a credential (VC Data Model 2.0, section 4.9; 1.1's names are read too), both ends included."""
    for name in (*BEGINS, *ENDS):
        if name in credential and moment(credential[name]) is None:
            return Check(
                "validity", FAILED, "date_broken", Said("{name} is not a date and time with a zone.", name=name)
            )
    begins = [found for name in BEGINS if (found := moment(credential.get(name)))]
    ends = [found for name in ENDS if (found := moment(credential.get(name)))]
    if begins and ends and max(begins) > min(ends):
        return Check("validity", FAILED, "period_empty", "It would end before it begins.")
    if begins and at < max(begins):
        return Check(
            "validity", FAILED, "not_yet_valid", Said("Valid only from {begins}.", begins=max(begins).isoformat())
        )
    if ends and at > min(ends):
        return Check("validity", FAILED, "expired", Said("Expired on {ends}.", ends=min(ends).isoformat()))
    return Check("validity", PASSED, "in_force", "In force at that time.")
