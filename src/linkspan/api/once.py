"""Every POST is done once per Idempotency-Key, and holds what its act knows and nothing else."""

import json
from collections.abc import Callable
from typing import Any

from ninja import Schema
from pydantic import ConfigDict

from linkspan.kernel.errors import Unusable
from linkspan.kernel.idempotency import once as kernel_once
from linkspan.kernel.request import Request


class Posted(Schema):
    """What is posted; a member that the act does not know is 422, never passed over: `dry_rum` is no real run."""

    model_config = ConfigDict(extra="forbid")


def once(request: Request, body: Any, work: Callable[[], Any]) -> Any:
    """Do the work under the request's Idempotency-Key; Unusable without one."""
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 128:
        raise Unusable("idempotency_key_missing", "Send an Idempotency-Key header of up to 128 characters.")
    given = body.dict() if hasattr(body, "dict") else body
    asked = {"path": request.path, "body": json.dumps(given, sort_keys=True, default=str)}
    return kernel_once(owner=str(request.actor.person_id), key=key, request=asked, now=request.now, work=work)
