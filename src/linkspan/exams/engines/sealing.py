"""The keys of a page that answers an exam: one signs what it saves, one seals the file that it offers offline.

Both come from the server's key for documents and the page's id: nothing secret is stored beside the answers.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linkspan.exams.rules import Batch
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase

FORMAT = "linkspan-exam-answers-1"
LARGEST_FILE = 2 * 1024 * 1024
UNUSABLE = Phrase("This is no file of answers of this attempt, or it was changed. Nothing was taken in.")


def signing_key(secret: str, page: UUID) -> bytes:
    """The key by which a page signs each batch."""
    return hmac.digest(secret.encode(), b"exam page, signs:" + page.bytes, "sha256")


def file_key(secret: str, page: UUID) -> bytes:
    """The key by which a page seals its file of unsent answers."""
    return hmac.digest(secret.encode(), b"exam page, seals:" + page.bytes, "sha256")


def check_signature(secrets: Iterable[str], batch: Batch) -> None:
    """Unusable unless the page itself signed exactly this batch: by the key of now, or of when the page was opened."""
    macs = [hmac.new(signing_key(secret, batch.writer), batch.signed, "sha256").hexdigest() for secret in secrets]
    if not any([hmac.compare_digest(right.encode(), batch.mac.encode("utf-8", "replace")) for right in macs]):
        raise Unusable("signature_wrong", "This save was not signed by the page that it names. Nothing was stored.")


def open_file(secrets: Sequence[str], attempt: UUID, content: bytes) -> list[Any]:
    """The batches in a sealed file of that attempt; Unusable for another attempt's or one changed by a byte."""
    if len(content) > LARGEST_FILE:
        raise Unusable("file_too_large", "A file of answers is at most 2 MB.")
    try:
        told = json.loads(content)
        if told["format"] != FORMAT or told["attempt"] != str(attempt) or not isinstance(told["parts"], list):
            raise Unusable("answers_file_unusable", UNUSABLE)
        return [batch for part in told["parts"] for batch in _part(secrets, attempt, part)]
    except (ValueError, KeyError, TypeError, InvalidTag, RecursionError, binascii.Error) as error:
        raise Unusable("answers_file_unusable", UNUSABLE) from error


def _part(secrets: Sequence[str], attempt: UUID, part: Mapping[str, Any]) -> list[Any]:
    page = UUID(part["writer"])
    nonce, sealed = (base64.b64decode(part[name], validate=True) for name in ("nonce", "sealed"))
    found = json.loads(_opened(secrets, page, nonce, sealed, f"{FORMAT}:{attempt}:{page}".encode()))["batches"]
    if not isinstance(found, list):
        raise Unusable("answers_file_unusable", UNUSABLE)
    return found


def _opened(secrets: Sequence[str], page: UUID, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
    for secret in secrets:
        with suppress(InvalidTag):
            return AESGCM(file_key(secret, page)).decrypt(nonce, sealed, about)
    raise InvalidTag
