"""A catalogue's entries for the staff of its institution: read, prepared, published, discarded."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema

from linkspan.api.once import Posted, idempotent
from linkspan.catalog import actions, queries
from linkspan.catalog.engines import entries
from linkspan.catalog.rules import Kind, Planned, counted
from linkspan.finance.actions import import_catalogue
from linkspan.finance.queries import catalogue_file
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


class PublishAllIn(Posted):
    """`seen` is the version of the list of waiting entries that was looked at; null to publish unseen."""

    seen: str | None = None


class FileIn(Posted):
    """A catalogue as its file (docs/formats/catalogue.md); a trial changes nothing and says the same."""

    file: dict[str, Any]
    trial: bool = False
    publish: bool = False


class CopyIn(Posted):
    """From which catalogue year to which, and from which day it holds."""

    year: int = Field(ge=1900, le=2200)
    to_year: int = Field(ge=1900, le=2200)
    valid_from: date
    trial: bool = False


class TakenOut(Schema):
    """What became of each entry, or would, and how many of each."""

    counts: dict[str, int]
    entries: list[dict[str, Any]]


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


@router.post("/{institution}/changes/publish", response=dict[str, Any], operation_id="publish_catalog_changes")
@idempotent
def publish_all(request: Request, institution: str, body: PublishAllIn) -> dict[str, Any]:
    """Make all public that waits and that one may publish, each by itself."""
    found = actions.publish_changes(actor=request.actor, institution=institution, now=request.now, seen=body.seen)
    failed = [{"key": no.one.key, "reason": no.message} for no in found.failed]
    return {"published": [one.key for one in found.done], "failed": failed}


@router.get("/{institution}/file", response=dict[str, Any], operation_id="export_catalog")
def export_file(request: Request, institution: str) -> dict[str, Any]:
    """The catalogue as its file: what is public, and the rates of the currencies of its prices."""
    return catalogue_file(request.actor, institution)


@router.post("/{institution}/file", response=TakenOut, operation_id="import_catalog")
@idempotent
def import_file(request: Request, institution: str, body: FileIn) -> dict[str, Any]:
    """Take in a catalogue entry by entry: what differs is prepared, what cannot be used is named by its place."""
    return _taken(
        import_catalogue(
            actor=request.actor,
            institution=institution,
            told=body.file,
            now=request.now,
            trial=body.trial,
            publish=body.publish,
        )
    )


@router.post("/{institution}/requirements/copy", response=TakenOut, operation_id="copy_requirements")
@idempotent
def copy(request: Request, institution: str, body: CopyIn) -> dict[str, Any]:
    """Prepare what every program asked for in a catalogue year for another year."""
    return _taken(
        actions.copy_requirements(
            actor=request.actor,
            institution=institution,
            year=body.year,
            to_year=body.to_year,
            valid_from=body.valid_from,
            now=request.now,
            trial=body.trial,
        )
    )


def _taken(found: Sequence[Planned]) -> dict[str, Any]:
    return {"counts": counted(found), "entries": [one.told() for one in found]}


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
