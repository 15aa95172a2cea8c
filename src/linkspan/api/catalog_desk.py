"""A catalogue's entries for the staff of its institution: read, prepared, published, discarded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router, parts
from linkspan.api.documents import Catalogue
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.catalog import actions, queries
from linkspan.catalog.engines import entries
from linkspan.catalog.rules import Change, Kind, Outcome, Planned, counted
from linkspan.finance.actions import import_catalogue
from linkspan.finance.queries import catalogue_file
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of

router = Router()


@dataclass(frozen=True, slots=True)
class EntryTold:
    """An entry as it is public."""

    key: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntriesTold:
    """A page of entries."""

    total: int
    entries: tuple[EntryTold, ...]


@dataclass(frozen=True, slots=True)
class ChangeTold(Change):
    """A prepared entry; `seen` is its version, for who publishes it."""

    seen: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is prepared; null where nothing differs from what is public."""

    change: ChangeTold | None


@dataclass(frozen=True, slots=True)
class Published:
    """The entry that is public now."""

    published: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """The change that is gone."""

    discarded: UUID


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Whether a second person publishes."""

    four_eyes: bool


@dataclass(frozen=True, slots=True)
class NotPublished:
    """An entry that was not published, and why."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublishedAll:
    """The entries that are public now, and those that are not."""

    published: tuple[str, ...]
    failed: tuple[NotPublished, ...]


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """A field with what was and what will be."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class FieldWrong:
    """A field that cannot be used, and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class EntryTaken:
    """What became of an entry, or would."""

    place: str
    key: str
    outcome: Outcome
    changes: tuple[FieldChanged, ...]
    errors: tuple[FieldWrong, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of each entry, or would, and how many of each."""

    counts: Mapping[str, int]
    entries: tuple[EntryTaken, ...]


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


class FourEyesIn(Posted):
    """Whether a second person publishes."""

    four_eyes: bool


@router.get("/{institution}/entries/{kind}", operation_id="list_catalog_entries")
def list_entries(request: Request, institution: str, kind: Kind, q: str = "", page: int = 1) -> EntriesTold:
    """The public entries of a kind, 50 a page, found by a part of code, title or subject."""
    found = queries.entries_at(request.actor, institution, kind, text=_storable(q), number=page)
    rows = tuple(EntryTold(row.key, row.content) for row in found.rows)
    return EntriesTold(total=found.total, entries=rows)


@router.get("/{institution}/changes", operation_id="list_catalog_changes")
def list_changes(request: Request, institution: str) -> tuple[Change, ...]:
    """The entries that are prepared and wait to be published."""
    return queries.changes_at(request.actor, institution)


@router.post("/{institution}/courses", operation_id="prepare_course")
@idempotent
def prepare_course(request: Request, institution: str, body: entries.Course) -> Prepared:
    """Prepare a course, new or changed."""
    return _prepare(request, institution, Kind.COURSE, body)


@router.post("/{institution}/runs", operation_id="prepare_run")
@idempotent
def prepare_run(request: Request, institution: str, body: entries.Run) -> Prepared:
    """Prepare a course run, new or changed."""
    return _prepare(request, institution, Kind.RUN, body)


@router.post("/{institution}/programs", operation_id="prepare_program")
@idempotent
def prepare_program(request: Request, institution: str, body: entries.Program) -> Prepared:
    """Prepare a program, new or changed."""
    return _prepare(request, institution, Kind.PROGRAM, body)


@router.post("/{institution}/requirements", operation_id="prepare_requirements")
@idempotent
def prepare_requirements(request: Request, institution: str, body: entries.Requirements) -> Prepared:
    """Prepare what a program asks for in a catalogue year."""
    return _prepare(request, institution, Kind.REQUIREMENTS, body)


@router.post("/{institution}/prices", operation_id="prepare_price")
@idempotent
def prepare_price(request: Request, institution: str, body: entries.Price) -> Prepared:
    """Prepare a price from a day on."""
    return _prepare(request, institution, Kind.PRICE, body)


@router.post("/{institution}/terms", operation_id="prepare_term")
@idempotent
def prepare_term(request: Request, institution: str, body: entries.Term) -> Prepared:
    """Prepare a term, new or changed."""
    return _prepare(request, institution, Kind.TERM, body)


@router.post("/{institution}/degrees", operation_id="prepare_degree")
@idempotent
def prepare_degree(request: Request, institution: str, body: entries.Degree) -> Prepared:
    """Prepare a degree from a catalogue year on; a registrar publishes it, another one where two are asked for."""
    return _prepare(request, institution, Kind.DEGREE, body)


@router.post("/changes/{uuid:change_id}/publish", operation_id="publish_catalog_change")
@idempotent
def publish(request: Request, change_id: UUID, body: PublishIn) -> Published:
    """Make a prepared entry public; where the institution asks for it, by another person than prepared it."""
    found = actions.publish_change(actor=request.actor, change_id=change_id, now=request.now, seen=body.seen)
    return Published(found.key)


@router.post("/changes/{uuid:change_id}/discard", operation_id="discard_catalog_change")
@idempotent
def discard(request: Request, change_id: UUID, body: NothingIn) -> Discarded:
    """Discard a prepared entry; what is public stays."""
    actions.discard_change(actor=request.actor, change_id=change_id, now=request.now)
    return Discarded(change_id)


@router.post("/{institution}/changes/publish", operation_id="publish_catalog_changes")
@idempotent
def publish_all(request: Request, institution: str, body: PublishAllIn) -> PublishedAll:
    """Make all public that waits and that one may publish, each by itself."""
    found = actions.publish_changes(actor=request.actor, institution=institution, now=request.now, seen=body.seen)
    failed = tuple(NotPublished(no.one.key, in_words(no)) for no in found.failed)
    return PublishedAll(tuple(one.key for one in found.done), failed)


@router.get("/{institution}/file", operation_id="export_catalog")
def export_file(request: Request, institution: str) -> Catalogue:
    """The catalogue as its file: what is public, and the rates of the currencies of its prices."""
    return catalogue_file(request.actor, institution)


@router.post("/{institution}/file", operation_id="import_catalog")
@idempotent
def import_file(request: Request, institution: str, body: FileIn) -> Taken:
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


@router.post("/{institution}/requirements/copy", operation_id="copy_requirements")
@idempotent
def copy(request: Request, institution: str, body: CopyIn) -> Taken:
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


def _taken(found: Sequence[Planned]) -> Taken:
    rows = (
        EntryTaken(
            one.place,
            one.key,
            one.outcome,
            tuple(FieldChanged(*change) for change in one.changes),
            tuple(FieldWrong(*error) for error in one.errors),
        )
        for one in found
    )
    return Taken(counted(found), tuple(rows))


@router.post("/{institution}/four-eyes", operation_id="set_catalog_four_eyes")
@idempotent
def four_eyes(request: Request, institution: str, body: FourEyesIn) -> FourEyes:
    """Choose whether entries are published by another person than prepared them."""
    actions.set_catalog_four_eyes(
        actor=request.actor, institution=institution, four_eyes=body.four_eyes, now=request.now
    )
    return FourEyes(body.four_eyes)


def _prepare(request: Request, institution: str, kind: Kind, body: entries.AnyEntry) -> Prepared:
    told = entries.content_of(body)
    found = actions.prepare_change(actor=request.actor, institution=institution, kind=kind, told=told, now=request.now)
    return Prepared(None if found is None else ChangeTold(**parts(found), seen=version_of(found.content)))


def _storable(text: str) -> str:
    return text.replace("\0", "")[:200]
