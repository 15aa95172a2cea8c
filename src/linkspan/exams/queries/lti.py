"""Reads of exams that an LTI tool watches."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from linkspan.exams.engines.lti import public_part
from linkspan.exams.models import LtiSessionRow, ServiceRow, SessionRow
from linkspan.exams.queries.services import account_of
from linkspan.exams.queries.watching import session_of
from linkspan.exams.rules import ServiceKind, Told
from linkspan.kernel.actor import Actor
from linkspan.kernel.readers import public


@dataclass(frozen=True, slots=True)
class AtTool:
    """An attempt at its LTI tool: whether it can be launched, came back, with whose name, and is to be ended there."""

    known: bool
    returned: bool
    other_name: str
    wants_end: bool


def at_tool(actor: Actor, attempt_id: UUID) -> AtTool | None:
    """How an attempt stands at its LTI tool, for who may see it; None where none watches it."""
    session = session_of(actor, attempt_id)
    if session is None or session.kind is not ServiceKind.LTI:
        return None
    newest = SessionRow.objects.filter(attempt_id=attempt_id).order_by("-number").values("id")[:1]
    row = LtiSessionRow.objects.filter(session_id__in=newest).first()
    if row is None or session.told is Told.NOTHING:
        return AtTool(False, False, "", False)
    return AtTool(True, row.returned_at is not None, row.other_name, row.wants_end)


@public
def own_keys() -> dict[str, list[dict[str, Any]]]:
    """The public keys by which LTI tools judge our messages."""
    rows = ServiceRow.objects.filter(kind=ServiceKind.LTI).order_by("added_at", "id").values_list("id", flat=True)
    return {"keys": [public_part(account_of(one).secret) for one in rows]}
