"""The signer process: holds the keys apart from the web, and signs only what passes its own gate and policy."""

import json
import os
import socketserver
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from linkspan.vc.errors import VcError
from linkspan.vc.gate import Approval, Policy
from linkspan.vc.openid4vp import Asked
from linkspan.vc.proofs import Signer
from linkspan.vc.sealers import Bound, OwnSealer

LARGEST_QUESTION = 4 * 1024 * 1024

#: A signer for a DID, by the public part of its key in multibase form.
Keys = Mapping[str, Callable[[str], Signer]]


class SignerServer(socketserver.ThreadingUnixStreamServer):
    """A server on a Unix socket that only its owner may open."""

    daemon_threads = True

    def __init__(self, place: Path, keys: Keys, policy: Policy, report: Callable[[str], None]) -> None:
        place.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(place), _Handler)
        finally:
            os.umask(before)
        self.keys, self.policy, self.report = keys, policy, report
        self.one_at_a_time = threading.Lock()


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(SignerServer, self.server)
        while line := self.rfile.readline(LARGEST_QUESTION):
            with server.one_at_a_time:
                answer = answered(line, server.keys, server.policy)
            server.report(answer.get("refused") or "signed")
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def answered(line: bytes, keys: Keys, policy: Policy) -> dict[str, Any]:
    """The answer to one line of JSON: `{"ok": ...}`, or `{"refused": code, "message": words}`."""
    try:
        question = json.loads(line)
        return {"ok": _done(question, keys, policy)}
    except VcError as no:
        return {"refused": no.code, "message": no.message}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {"refused": "question_unusable", "message": f"The question cannot be used: {type(error).__name__}"}


def _done(question: Mapping[str, Any], keys: Keys, policy: Policy) -> Any:
    if question["do"] == "keys":
        return sorted(keys)
    if question["key"] not in keys:
        raise VcError("key_unknown", "The signer process does not hold that key.")
    sealer = OwnSealer(keys[question["key"]](question["did"]), policy)
    if question["do"] in ("seal", "seal_selective"):
        return _sealed(question, sealer)
    if question["do"] == "seal_request":
        at = datetime.fromisoformat(question["created"])
        return sealer.seal_request(Asked(**question["asked"]), name=str(question["name"]), now=at)
    if question["do"] == "seal_head":
        head = question["head"]
        if set(head) != {"log", "tree_size", "root_hash", "timestamp"}:
            raise VcError("head_broken", "A tree head has a log, a tree size, a root hash and a timestamp only.")
        return sealer.seal_head(head)
    if question["do"] == "seal_published":
        return sealer.seal_published(str(question["kind"]), dict(question["claims"]))
    raise VcError("question_unknown", "The signer process seals documents and tree heads, and names its keys.")


def _sealed(question: Mapping[str, Any], sealer: OwnSealer) -> Any:
    told = question.get("approval")
    approval = Approval(**told) if told else None
    created = datetime.fromisoformat(question["created"])
    if question["do"] == "seal":
        return sealer.seal(question["document"], created, approval)
    bound = Bound(question["holder"], question["type"], approval, question.get("integrity", ""))
    return sealer.seal_selective(question["document"], created, bound)
