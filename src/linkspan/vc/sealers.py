"""A sealer signs whole documents, after the gate: with a key of its own, or by asking the signer process.

The process speaks lines of JSON on a Unix socket. `do` is `seal` (with `key`, `did`, `document`, `created` and
`approval`), `seal_selective` (the same with `holder`, a JWK, `type` and `integrity`), `seal_request` (`asked`, `name`,
`created`), `seal_head` (`head`), `seal_published` (`kind`, `claims`) or `keys`; the answer is `{"ok": ...}` or
`{"refused": code, "message"}`.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from linkspan.vc import net, openid4vp
from linkspan.vc.errors import VcError
from linkspan.vc.gate import Approval, Policy, release, release_published, release_selective
from linkspan.vc.heads import seal_head
from linkspan.vc.keys import key_of_jwk
from linkspan.vc.openid4vp import Asked
from linkspan.vc.proofs import Signer

LARGEST_ANSWER = 8 * 1024 * 1024
UNREACHABLE = "signer_unreachable"
#: How long the signer process may take over one document.
PATIENCE_SECONDS = 5


class Bound(NamedTuple):
    """What a selective credential is bound to: the holder's public key, the type's name, who approved it, and the hash
    of what stands at the type's name."""

    holder: Mapping[str, str]
    type_name: str
    approval: Approval | None = None
    integrity: str = ""


class Sealer(Protocol):
    """Signs what the gate lets through."""

    @property
    def did(self) -> str:
        """The DID for which it signs."""

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """The signed document; VcError says what the gate refused."""

    def seal_selective(self, document: Mapping[str, Any], created: datetime, bound: Bound) -> str:
        """The document as an SD-JWT VC bound to a holder."""

    def seal_request(self, asked: Asked, *, name: str, now: datetime) -> str:
        """The signed request of a verifier to a wallet."""

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """The signed tree head."""

    def seal_published(self, kind: str, claims: Mapping[str, Any]) -> str:
        """What the issuer publishes of itself, as a token of that kind."""


@dataclass(frozen=True, slots=True)
class OwnSealer:
    """A sealer with a key at hand, which passes the same gate to the outside as one that asks a process."""

    signer: Signer
    policy: Policy

    @property
    def did(self) -> str:
        """The DID of the key's verification method."""
        return self.signer.verification_method.partition("#")[0]

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """Through the gate, then signed."""
        net.leaving()
        return release(document, self.signer, created=created, approval=approval, policy=self.policy)

    def seal_selective(self, document: Mapping[str, Any], created: datetime, bound: Bound) -> str:
        """Through the gate, then signed."""
        net.leaving()
        return release_selective(
            document,
            self.signer,
            created=created,
            approval=bound.approval,
            policy=self.policy,
            holder=key_of_jwk(bound.holder),
            type_name=bound.type_name,
            integrity=bound.integrity,
        )

    def seal_request(self, asked: Asked, *, name: str, now: datetime) -> str:
        """Signed as it is made here: a request says nothing of anybody."""
        net.leaving()
        return openid4vp.request(asked, self.signer, name=name, now=now)

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """Signed as it is: a head holds hashes only."""
        net.leaving()
        return seal_head(head, self.signer)

    def seal_published(self, kind: str, claims: Mapping[str, Any]) -> str:
        """Through the gate, then signed."""
        net.leaving()
        return release_published(claims, self.signer, kind=kind)


@dataclass(frozen=True, slots=True)
class ProcessSealer:
    """A sealer that asks the signer process; the key is named by its public part in multibase form."""

    place: Path
    key: str
    did: str

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """Asks for a signature; VcError (`signer_unreachable`) if nobody answers."""
        found: dict[str, Any] = self._ask({"do": "seal", **_told(document, created, approval)})
        return found

    def seal_selective(self, document: Mapping[str, Any], created: datetime, bound: Bound) -> str:
        """Asks for a signature."""
        message = {**_told(document, created, bound.approval), "holder": dict(bound.holder), "type": bound.type_name}
        message["integrity"] = bound.integrity
        return str(self._ask({"do": "seal_selective", **message}))

    def seal_request(self, asked: Asked, *, name: str, now: datetime) -> str:
        """Asks for a signed request; the process makes it from its parts."""
        message = {"asked": asked._asdict(), "name": name, "created": now.isoformat()}
        return str(self._ask({"do": "seal_request", **message}))

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """Asks for a signed head."""
        found: dict[str, Any] = self._ask({"do": "seal_head", "head": dict(head)})
        return found

    def seal_published(self, kind: str, claims: Mapping[str, Any]) -> str:
        """Asks for a signed token."""
        return str(self._ask({"do": "seal_published", "kind": kind, "claims": dict(claims)}))

    def _ask(self, message: Mapping[str, Any]) -> Any:
        return ask(self.place, {**message, "key": self.key, "did": self.did})


def _told(document: Mapping[str, Any], created: datetime, approval: Approval | None) -> dict[str, Any]:
    told = asdict(approval) if approval else None
    return {"document": dict(document), "created": created.isoformat(), "approval": told}


def ask(place: Path, message: Mapping[str, Any]) -> Any:
    """One question to the signer process; VcError with its reason, or `signer_unreachable`."""
    net.leaving()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(str(place))
            with line.makefile("rwb") as stream:
                stream.write(json.dumps(message).encode() + b"\n")
                stream.flush()
                answer = json.loads(stream.readline(LARGEST_ANSWER))
    except (OSError, ValueError) as error:
        raise VcError(UNREACHABLE, f"The signer process at {place.name} does not answer: {error}") from error
    if "refused" in answer:
        raise VcError(str(answer["refused"]), str(answer.get("message", "")))
    return answer["ok"]
