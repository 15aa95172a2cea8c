"""The messages of OpenID for Verifiable Presentations 1.0, as a verifier: a signed request, the answer taken apart.

The request names the verifier by its DID (section 5.9.3, `decentralized_identifier`), is signed (RFC 9101), and asks by
a DCQL query (section 6) for one badge, in either format. The answer comes by POST (section 8.2, `direct_post`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import parse
from linkspan.vc.proofs import Signer

REQUEST_TYPE = "oauth-authz-req+jwt"
BADGE_QUERY, SELECTIVE_QUERY = "badge", "badge_sd_jwt"
#: What a wallet is told about formats: the proofs and algorithms that are verified here (section 11.1).
FORMATS: Mapping[str, Any] = {
    "ldp_vc": {
        "proof_type_values": ["DataIntegrityProof"],
        "cryptosuite_values": ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"],
    },
    "dc+sd-jwt": {
        "sd-jwt_alg_values": ["Ed25519", "EdDSA", "ES256", "ES384"],
        "kb-jwt_alg_values": ["Ed25519", "EdDSA", "ES256", "ES384"],
    },
}


class Asked(NamedTuple):
    """One request: the verifier's DID, where the answer goes, its nonce and state, and the type of the credential."""

    did: str
    answer_to: str
    nonce: str
    state: str
    type_name: str

    @property
    def client_id(self) -> str:
        """The verifier as wallets know it; the audience of what they present."""
        return f"decentralized_identifier:{self.did}"


def query(type_name: str) -> dict[str, Any]:
    """A badge as JSON-LD, or else as an SD-JWT with its title and results shown."""
    badge = {
        "id": BADGE_QUERY,
        "format": "ldp_vc",
        "meta": {"type_values": [["VerifiableCredential", "OpenBadgeCredential"]]},
    }
    selective = {"id": SELECTIVE_QUERY, "format": "dc+sd-jwt", "meta": {"vct_values": [type_name]}}
    return {
        "credentials": [badge, selective],
        "credential_sets": [{"options": [[BADGE_QUERY], [SELECTIVE_QUERY]]}],
    }


def request(asked: Asked, signer: Signer, *, name: str, now: datetime) -> str:
    """The signed request object, as it stands behind `request_uri`."""
    claims = {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": asked.client_id,
        "response_uri": asked.answer_to,
        "nonce": asked.nonce,
        "state": asked.state,
        "dcql_query": query(asked.type_name),
        "client_metadata": {"client_name": name, "vp_formats_supported": dict(FORMATS)},
        "aud": "https://self-issued.me/v2",
        "iat": int(now.timestamp()),
    }
    return jose.sign_claims(claims, signer, kind=REQUEST_TYPE)


def request_link(asked: Asked, request_uri: str) -> str:
    """The link that opens a wallet, from a page or a QR code (section 5.10)."""
    return "openid4vp://?" + urlencode({"client_id": asked.client_id, "request_uri": request_uri})


def presented(vp_token: str) -> dict[str, Any] | str:
    """The one presentation in an answer's `vp_token` (section 8.1): a JSON object, or an SD-JWT as text.

    VcError `answer_refused` if it holds none, several, or answers a query that was not made.
    """
    answers = parse(vp_token)
    if len(answers) != 1 or not set(answers) <= {BADGE_QUERY, SELECTIVE_QUERY}:
        raise VcError("answer_refused", "The answer holds not just one of the credentials that were asked for.")
    (held,) = answers.values()
    if not isinstance(held, list) or len(held) != 1 or not isinstance(held[0], dict | str):
        raise VcError("answer_refused", "The answer holds not just one presentation.")
    return held[0]
