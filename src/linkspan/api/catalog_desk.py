"""A catalogue's entries for the staff of its institution: read, prepared, published, discarded."""

from typing import Any
from uuid import UUID

from ninja import Router, Schema

from linkspan.api.once import Posted, idempotent
from linkspan.catalog import actions, queries
from linkspan.catalog.engines import entries
from linkspan.catalog.rules import Kind
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of

router = Router()


class EntriesOut(Schema):
    """A page of entries."""

    total: int
    entries: list[dict[str, Any]]


class PublishIn(Posted):
    """`seen` is the version of the entry that was looked at, as its preparation answered; null to publish unseen."""

    seen: str | None = None


class EmptyIn(Posted):
    """Nothing more is asked."""


class FourEyesIn(Posted):
    """Whether a second person publishes."""

    four_eyes: bool


@router.get("/{institution}/entries/{kind}", response=EntriesOut, operation_id="list_catalog_entries")
def list_entries(request: Request, institution: str, kind: Kind, q: str = "", page: int = 1) -> EntriesOut:
    """The public entries of a kind, 50 a page, found by a part of code, title or subject."""
    found = queries.entries_at(request.actor, institution, kind, text=_storable(q), number=page)
    rows = [{"key": row.key, "content": dict(row.content)} for row in found.rows]
    return EntriesOut(total=found.total, entries=rows)


@router.get("/{institution}/changes", response=list[dict[str, Any]], operation_id="list_catalog_changes")
def list_changes(request: Request, institution: str) -> list[dict[str, Any]]:
    """The entries that are prepared and wait to be published."""
    return [jsonable(row) for row in queries.changes_at(request.actor, institution)]


@router.post("/{institution}/courses", response=dict[str, Any], operation_id="prepare_course")
@idempotent
def prepare_course(request: Request, institution: str, body: entries.Course) -> dict[str, Any]:
    """Prepare a course, new or changed."""
    return _prepare(request, institution, Kind.COURSE, body)


@router.post("/{institution}/runs", response=dict[str, Any], operation_id="prepare_run")
@idempotent
def prepare_run(request: Request, institution: str, body: entries.Run) -> dict[str, Any]:
    """Prepare a course run, new or changed."""
    return _prepare(request, institution, Kind.RUN, body)


@router.post("/{institution}/programs", response=dict[str, Any], operation_id="prepare_program")
@idempotent
def prepare_program(request: Request, institution: str, body: entries.Program) -> dict[str, Any]:
    """Prepare a program, new or changed."""
    return _prepare(request, institution, Kind.PROGRAM, body)


@router.post("/{institution}/requirements", response=dict[str, Any], operation_id="prepare_requirements")
@idempotent
def prepare_requirements(request: Request, institution: str, body: entries.Requirements) -> dict[str, Any]:
    """Prepare what a program asks for in a catalogue year."""
    return _prepare(request, institution, Kind.REQUIREMENTS, body)


@router.post("/{institution}/prices", response=dict[str, Any], operation_id="prepare_price")
@idempotent
def prepare_price(request: Request, institution: str, body: entries.Price) -> dict[str, Any]:
    """Prepare a price from a day on."""
    return _prepare(request, institution, Kind.PRICE, body)


@router.post("/changes/{uuid:change_id}/publish", response=dict[str, Any], operation_id="publish_catalog_change")
@idempotent
def publish(request: Request, change_id: UUID, body: PublishIn) -> dict[str, Any]:
    """Make a prepared entry public; where the institution asks for it, by another person than prepared it."""
    found = actions.publish_change(actor=request.actor, change_id=change_id, now=request.now, seen=body.seen)
    return {"published": found.key}


@router.post("/changes/{uuid:change_id}/discard", response=dict[str, Any], operation_id="discard_catalog_change")
@idempotent
def discard(request: Request, change_id: UUID, body: EmptyIn) -> dict[str, Any]:
    """Discard a prepared entry; what is public stays."""
    actions.discard_change(actor=request.actor, change_id=change_id, now=request.now)
    return {"discarded": str(change_id)}


@router.post("/{institution}/four-eyes", response=dict[str, Any], operation_id="set_catalog_four_eyes")
@idempotent
def four_eyes(request: Request, institution: str, body: FourEyesIn) -> dict[str, Any]:
    """Choose whether entries are published by another person than prepared them."""
    actions.set_catalog_four_eyes(
        actor=request.actor, institution=institution, four_eyes=body.four_eyes, now=request.now
    )
    return {"four_eyes": body.four_eyes}


def _prepare(request: Request, institution: str, kind: Kind, body: entries.AnyEntry) -> dict[str, Any]:
    told = entries.content_of(body)
    found = actions.prepare_change(actor=request.actor, institution=institution, kind=kind, told=told, now=request.now)
    return {"change": None if found is None else {**jsonable(found), "seen": version_of(found.content)}}


def _storable(text: str) -> str:
    return text.replace("\0", "")[:200]
