"""A federation on the loopback interface: an anchor, one between, and a leaf, with whatever is wrong about them."""

import json
from datetime import timedelta
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.vc.makers import NOW

from linkspan.vc import base64url, jose
from linkspan.vc.federation import TYPE
from linkspan.vc.keys import did_key_of, jwk_of
from linkspan.vc.proofs import LocalSigner


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


ANCHOR_KEY, MIDDLE_KEY, LEAF_KEY, BADGE_KEY, STRANGER_KEY = map(key, range(1, 6))
ISSUES = "openid_credential_issuer"


def jwks(*keys, kid: str = "") -> dict:
    return {"keys": [{**jwk_of(one.public_key()), "kid": kid or kid_of(one)} for one in keys]}


def kid_of(one) -> str:
    return did_key_of(one.public_key()).removeprefix("did:key:")


def statement(issuer: str, subject: str, signer, keys=None, kind=TYPE, drop=(), at=NOW, **claims) -> bytes:
    """What `issuer` says of `subject`, whose keys are given; signed under the signer's own name."""
    told = {"iss": issuer, "sub": subject, "iat": int(at.timestamp())}
    told |= {"exp": int((at + timedelta(days=1)).timestamp()), "jwks": jwks(*(keys or [signer]))}
    told |= claims
    kept = {name: value for name, value in told.items() if name not in drop}
    token = jose.sign_claims(kept, LocalSigner(signer, f"#{kid_of(signer)}"), kind=kind)
    header, *rest = token.split(".")
    named = {**json.loads(jose.decode(header)), "kid": kid_of(signer)}
    signed = f"{jose._encode(named)}.{rest[0]}"
    return f"{signed}.{base64url.encode(signer.sign(signed.encode()))}".encode()


class Federation:
    """Who stands where, on one port: `/a` the anchor, `/m` one between, `/l` the leaf; `answers` is what is served."""

    def __init__(self, port: int, at=NOW) -> None:
        self.at = at
        self.base = f"https://localhost:{port}"
        self.anchor, self.middle, self.leaf = (f"{self.base}/{name}" for name in "aml")
        self.answers: dict[str, object] = {}

    def place(self, entity: str) -> str:
        return f"{entity.removeprefix(self.base)}/.well-known/openid-federation"

    def said(self, superior: str, subject: str) -> str:
        """Where a superior speaks of one below it."""
        return f"{superior.removeprefix(self.base)}/fetch?sub={quote(subject, safe='')}"

    def own(self, entity: str, signer, *above: str, superior: bool = False, **claims) -> None:
        """An entity's own statement; a superior's says where to ask it."""
        federation = {"organization_name": f"The entity {entity[-1]}"}
        if superior:
            federation["federation_fetch_endpoint"] = f"{entity}/fetch"
            federation["federation_list_endpoint"] = f"{entity}/list"
        told = {"metadata": {"federation_entity": federation}, **({"authority_hints": list(above)} if above else {})}
        self.answers[self.place(entity)] = statement(entity, entity, signer, at=self.at, **{**told, **claims})

    def about(self, superior: str, subject: str, signer, keys, **claims) -> None:
        """What a superior says of one below it, and lists."""
        self.answers[self.said(superior, subject)] = statement(superior, subject, signer, keys, at=self.at, **claims)
        place = f"{superior.removeprefix(self.base)}/list"
        listed = json.loads(self.answers.get(place, b"[]"))  # type: ignore[arg-type]
        self.answers[place] = json.dumps(sorted({*listed, subject})).encode()

    def whole(self, leaf_metadata=None) -> "Federation":
        """All three, in order; the leaf issues credentials by a key of its own."""
        issues = {"credential_issuer": self.leaf, "jwks": jwks(BADGE_KEY), **(leaf_metadata or {})}
        named = {"organization_name": "Leaf University", "organization_uri": "https://leaf.example/"}
        self.own(self.anchor, ANCHOR_KEY, superior=True)
        self.own(self.middle, MIDDLE_KEY, self.anchor, superior=True)
        self.own(self.leaf, LEAF_KEY, self.middle, metadata={ISSUES: issues, "federation_entity": named})
        self.about(self.anchor, self.middle, ANCHOR_KEY, [MIDDLE_KEY])
        self.about(self.middle, self.leaf, MIDDLE_KEY, [LEAF_KEY])
        return self
