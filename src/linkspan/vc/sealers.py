"""A sealer signs whole documents, after the gate: with a key of its own, or by asking the signer process.

The process speaks lines of JSON on a Unix socket: `{"do": "seal", "key", "document", "created", "approval"}`,
`{"do": "seal_head", "key", "head"}` or `{"do": "keys"}`; the answer is `{"ok": ...}` or `{"refused": code, "message"}`.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from linkspan.vc.errors import VcError
from linkspan.vc.gate import Approval, Policy, release
from linkspan.vc.heads import seal_head
from linkspan.vc.proofs import Signer

LARGEST_ANSWER = 8 * 1024 * 1024
PATIENCE_SECONDS = 30


class Sealer(Protocol):
    """Signs what the gate lets through."""

    @property
    def did(self) -> str:
        """The DID for which it signs."""

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """The signed document; VcError says what the gate refused."""

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """The signed tree head."""


@dataclass(frozen=True, slots=True)
class OwnSealer:
    """A sealer with a key at hand."""

    signer: Signer
    policy: Policy

    @property
    def did(self) -> str:
        """The DID of the key's verification method."""
        return self.signer.verification_method.partition("#")[0]

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """Through the gate, then signed."""
        return release(document, self.signer, created=created, approval=approval, policy=self.policy)

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """Signed as it is: a head holds hashes only."""
        return seal_head(head, self.signer)


@dataclass(frozen=True, slots=True)
class ProcessSealer:
    """A sealer that asks the signer process; the key is named by its public part in multibase form."""

    place: Path
    key: str
    did: str

    def seal(self, document: Mapping[str, Any], created: datetime, approval: Approval | None = None) -> dict[str, Any]:
        """Asks for a signature; VcError (`signer_unreachable`) if nobody answers."""
        told = asdict(approval) if approval else None
        message = {"document": dict(document), "created": created.isoformat(), "approval": told}
        return self._ask({"do": "seal", **message})

    def seal_head(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """Asks for a signed head."""
        return self._ask({"do": "seal_head", "head": dict(head)})

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = ask(self.place, {**message, "key": self.key, "did": self.did})
        return found


def ask(place: Path, message: Mapping[str, Any]) -> Any:
    """One question to the signer process; VcError with its reason, or `signer_unreachable`."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(str(place))
            with line.makefile("rwb") as stream:
                stream.write(json.dumps(message).encode() + b"\n")
                stream.flush()
                answer = json.loads(stream.readline(LARGEST_ANSWER))
    except (OSError, ValueError) as error:
        raise VcError("signer_unreachable", f"The signer process at {place.name} does not answer: {error}") from error
    if "refused" in answer:
        raise VcError(str(answer["refused"]), str(answer.get("message", "")))
    return answer["ok"]
