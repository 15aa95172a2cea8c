"""A live page of an exam without a browser: it signs what it saves as the page's script does."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta

import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.factories.exams import LATER

from linkspan.exams import actions
from linkspan.exams.engines.sealing import FORMAT
from linkspan.exams.rules import read_batch


class Page:
    """Opens a page of a running attempt; `changes` counts what it gave."""

    def __init__(self, learner, attempt, now=LATER) -> None:
        self.learner, self.attempt = learner, attempt
        self.opened = actions.open_page(actor=learner, attempt_id=attempt.id, now=now)
        self.key = bytes.fromhex(self.opened.signing_key)
        self.changes = self.number = 0
        self.head = ""

    def change(self, item, value, replaces=None, seq=None, elapsed=timedelta(minutes=10), **more):
        """One change, under the next number."""
        self.changes = seq or self.changes + 1
        op = {"op": "set", "value": value} if value else {"op": "clear"}
        told = {"item": item, "seq": self.changes, "replaces": replaces, "at": "", **op, **more}
        return told | {"elapsed_ms": int(elapsed.total_seconds() * 1000)}

    def batch(self, *changes, **more):
        """The changes as one signed batch, linked to the batch before."""
        self.number += 1
        body = {"writer": str(self.opened.id), "batch": self.number, "prev": self.head, "sent_at": ""}
        body |= {"changes": list(changes)} | more
        return self.sign(body)

    def sign(self, body):
        """The body with its signature."""
        signed = rfc8785.dumps(body)
        self.head = hashlib.sha256(signed).hexdigest()
        return body | {"mac": hmac.new(self.key, signed, "sha256").hexdigest()}

    def send(self, body, now=LATER, actor=None):
        """Send a signed batch."""
        batch = read_batch(body)
        return actions.save_answers(actor=actor or self.learner, attempt_id=self.attempt.id, batch=batch, now=now)

    def save(self, item, value, replaces=None, now=LATER, **more):
        """Give one answer and send it; what became of it."""
        receipt = self.send(self.batch(self.change(item, value, replaces, **more)), now)
        return (receipt.taken or receipt.not_taken)[0]

    def file(self, *batches) -> bytes:
        """The sealed file of unsent batches."""
        about = f"{FORMAT}:{self.attempt.id}:{self.opened.id}".encode()
        plain = json.dumps({"batches": list(batches)}).encode()
        sealed = AESGCM(bytes.fromhex(self.opened.file_key)).encrypt(b"0" * 12, plain, about)
        part = {"writer": str(self.opened.id), "nonce": b64encode(b"0" * 12).decode()}
        part["sealed"] = b64encode(sealed).decode()
        return json.dumps({"format": FORMAT, "attempt": str(self.attempt.id), "parts": [part]}).encode()
