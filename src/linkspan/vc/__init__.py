"""Verifiable credentials, a library of its own: no Django.

    from linkspan.vc import Trust, sign, verify

    signed = sign(document, key, created=moment)
    verdict = verify(signed, trust=Trust(issuers=[{"did": did, "name": "MITx"}]), at=moment)

`key` is a signer, a private key or an Ed25519 seed; `document` a W3C Verifiable Credential 2.0: `linkspan.vc.badges`
builds Open Badges 3.0 ones and `linkspan.vc.status` status lists. `verify` takes it in any form that
`linkspan.vc.received` reads. Other forms to issue: `jose` (tokens), `sdjwt` and `ecdsa_sd` (shown in part),
`baking` and `pdf` (in pictures and documents). Nothing is fetched unless the trust has a `did.WebResolver`.
"""

from linkspan.vc.errors import ContextsMissing, DataLoss, Unreadable, VcError
from linkspan.vc.keys import did_key_of
from linkspan.vc.proofs import LocalSigner, Signer, add_proof, sign
from linkspan.vc.verify import Check, Occasion, Trust, Verdict, verify

__all__ = [
    "Check",
    "ContextsMissing",
    "DataLoss",
    "LocalSigner",
    "Occasion",
    "Signer",
    "Trust",
    "Unreadable",
    "VcError",
    "Verdict",
    "add_proof",
    "did_key_of",
    "sign",
    "verify",
]
