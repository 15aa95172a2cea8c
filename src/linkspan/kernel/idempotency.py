"""One answer per key: a POST sent twice is done once."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from linkspan.kernel.errors import Refused, Waits
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.models import IdempotencyKey


def once(*, owner: str, key: str, request: Any, now: datetime, work: Callable[[], Any]) -> Any:
    """Do `work` the first time and give its JSON answer; afterwards give the stored answer.

    The same key with another request is Refused (`key_reused`). Work that Waits keeps what it wrote, and the key is
    free again: the same request can be sent when the person has looked.
    """
    answer: Any = _once(owner, key, request, now, work)
    if isinstance(answer, Waits):
        raise answer
    return answer


def _once(owner: str, key: str, request: Any, now: datetime, work: Callable[[], Any]) -> Any:
    digest = hashlib.sha256(rfc8785.dumps(jsonable(request))).hexdigest()
    with transaction.atomic():
        row, created = IdempotencyKey.objects.select_for_update().get_or_create(
            owner=owner, key=key[:128], defaults={"request_sha256": digest, "at": now}
        )
        if row.request_sha256 != digest:
            raise Refused("key_reused", "This request's key was used for another request. Load the page again.")
        if created:
            try:
                row.answer = jsonable(work(), documents=True)
            except Waits as waits:
                row.delete()
                return waits
            row.save(update_fields=["answer"])
        return row.answer
