"""Comprehensive Learner Record 2.0: a transcript that nests other signed credentials (specification, section B.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from linkspan.vc.badges import Issuer, profile, recipient, standing
from linkspan.vc.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES
from linkspan.vc.proofs import instant


def clr_credential(
    *,
    credential_id: str,
    issuer: Issuer,
    name: str,
    credentials: Sequence[Mapping[str, Any]],
    awarded: datetime,
    status: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    email: str = "",
    holder_name: str = "",
    holder_did: str = "",
    schema: str = "",
    salt: str | None = None,
) -> dict[str, Any]:
    """An unsigned ClrCredential that holds signed credentials whole, each with its own proof.

    Its context is in no package: until an operator adds it (`linkspan contexts add`), signing raises DataLoss
    (`context_unknown`), which names the command.
    """
    subject = {
        **recipient(email, holder_name, holder_did, salt),
        "type": ["ClrSubject"],
        "verifiableCredential": [dict(credential) for credential in credentials],
    }
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, CLR, OPEN_BADGES],
        "id": credential_id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": name,
        "issuer": profile(issuer),
        "validFrom": instant(awarded),
        "awardedDate": instant(awarded),
        "credentialSubject": subject,
    }
    return document | standing(status, schema)
