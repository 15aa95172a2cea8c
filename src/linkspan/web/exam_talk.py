"""What the page of an exam shows of its live room, and what its forms bring for it."""

from typing import Any
from uuid import UUID

from linkspan.exams import actions, queries
from linkspan.exams.rules import ANSWERING, LONGEST_MESSAGE, UNDER_WAY, Attempt
from linkspan.kernel.request import Request
from linkspan.web.pages import text


def room_of(request: Request, found: Attempt) -> dict[str, Any]:
    """The messages of one's own attempt that is under way, and whether its page may note what it notices."""
    if found.state not in UNDER_WAY or not request.actor.is_person(found.learner_id):
        return {}
    messages = queries.messages_of(request.actor, found.id)
    fresh = [one for one in messages if one.kind == "told" and one.read_at is None]
    notes = found.state in ANSWERING and queries.timeline_agreed(found.learner_id, found.sitting.exam)
    told = messages[-1].number if messages else 0
    return {
        "room": {"messages": messages, "told": told, "fresh": fresh[-1] if fresh else None, "notes": notes},
        "longest_message": LONGEST_MESSAGE,
    }


def ask_proctor(request: Request, attempt_id: UUID) -> None:
    """Ask for the proctor with what a form brings, which also says which messages it showed."""
    here: dict[str, Any] = {"actor": request.actor, "attempt_id": attempt_id, "now": request.now}
    mark_read(request, attempt_id)
    actions.ask_for_help(words=text(request, "words"), **here)


def mark_read(request: Request, attempt_id: UUID) -> None:
    """Keep that a form showed messages to its candidate."""
    seen = text(request, "told", 6)
    if seen.isascii() and seen.isdigit() and int(seen):
        here: dict[str, Any] = {"actor": request.actor, "attempt_id": attempt_id, "now": request.now}
        actions.read_messages(upto=int(seen), **here)
