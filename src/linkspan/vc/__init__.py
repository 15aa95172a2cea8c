"""Verifiable credentials, a library of its own: no Django.

    from linkspan.vc import Trust, sign, verify

    signed = sign(document, seed, created=moment)
    verdict = verify(signed, trust=Trust(issuers=[{"did": did, "name": "MITx"}]), at=moment)

`document` is a W3C Verifiable Credential 2.0; `linkspan.vc.badges` builds Open Badges 3.0 ones and
`linkspan.vc.status` status lists.
"""

from linkspan.vc.errors import ContextsMissing, DataLoss, Unreadable, VcError
from linkspan.vc.keys import did_key_of
from linkspan.vc.proofs import sign
from linkspan.vc.verify import Check, Trust, Verdict, verify

__all__ = [
    "Check",
    "ContextsMissing",
    "DataLoss",
    "Trust",
    "Unreadable",
    "VcError",
    "Verdict",
    "did_key_of",
    "sign",
    "verify",
]
