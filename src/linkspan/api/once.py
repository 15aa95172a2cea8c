"""Every POST is done once per Idempotency-Key, and holds what its act knows and nothing else; files."""

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate

from django.http import HttpResponse
from ninja import Field, Schema
from pydantic import ConfigDict, field_validator

from linkspan.kernel.errors import Unusable
from linkspan.kernel.idempotency import once as kernel_once
from linkspan.kernel.papers import scanned
from linkspan.kernel.request import Request

#: As a field of a form (`web.pages.text`), and a file handed over as text.
LONGEST, LARGEST = 10_000, 12_000_000


class Posted(Schema):
    """What is posted; a member that the act does not know is 422, never passed over: `dry_rum` is no real run.

    A text takes up to 10,000 characters unless its field says otherwise, and none that no database stores.
    """

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST)

    @field_validator("*")
    @classmethod
    def is_storable[Value](cls, value: Value) -> Value:
        """Refuse a text with a null character."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("a null character cannot be stored")
        return value


class NothingIn(Posted):
    """No more than the key."""


def from_base64(given: str, name: str) -> bytes:
    """The file that was sent as text in the member of that name; Unusable if it is no base 64."""
    try:
        return b64decode(given, validate=True)
    except (Error, ValueError):
        raise Unusable("not_base64", "{name}: base64 is needed.", name=name) from None


def private_file(content: bytes, media_type: str) -> HttpResponse:
    """A file for who asked alone, which no browser shows in a page of ours."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = "attachment"
    answer["Cache-Control"] = "private, no-store"
    return answer


class PostedPaper(Posted):
    """What is posted with a document in base 64, which is scanned before the act's transaction begins."""

    document_base64: str = Field(max_length=LARGEST)

    @property
    def document(self) -> bytes:
        """The document; Unusable if it is no base 64."""
        return from_base64(self.document_base64, "document_base64")


def once[Answer](request: Request, body: object, work: Callable[[], Answer], papers: Sequence[bytes] = ()) -> Answer:
    """The JSON of what the work gives, done once under the request's Idempotency-Key; Unusable without one.

    `papers` are the files that the work hands in: the scanner is asked about them before.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 128:
        raise Unusable("idempotency_key_missing", "Send an Idempotency-Key header of up to 128 characters.")
    given = body.dict() if isinstance(body, Schema) else body
    asked = {"path": request.path, "body": json.dumps(given, sort_keys=True, default=str)}
    owner = str(request.actor.person_id)
    with scanned(papers):
        answer: Answer = kernel_once(owner=owner, key=key, request=asked, now=request.now, work=work)
    return answer


def idempotent[**Asked, Answer](
    view: Callable[Concatenate[Request, Asked], Answer],
) -> Callable[Concatenate[Request, Asked], Answer]:
    """Have a view do its whole work `once` for the `body` that is posted to its path."""

    @wraps(view)
    def answered(request: Request, /, *args: Asked.args, **asked: Asked.kwargs) -> Answer:
        body = asked.get("body")
        papers = (body.document,) if isinstance(body, PostedPaper) and body.document_base64 else ()
        return once(request, body, lambda: view(request, *args, **asked), papers)

    return answered
