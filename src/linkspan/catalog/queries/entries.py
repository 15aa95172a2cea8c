"""Reads of a catalogue's entries as they are entered, for the staff of its institution."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from linkspan.catalog.engines import entries
from linkspan.catalog.engines.holders import HOLDERS, Coming, Content
from linkspan.catalog.models import (
    CatalogPolicyRow,
    ChangeRow,
    CourseRow,
    CourseRunRow,
    PriceRow,
    ProgramRow,
    ProgramVersionRow,
    TermRow,
)
from linkspan.catalog.queries.made_exams import exams_made
from linkspan.catalog.rules import Change, Kind, exams_of, may_edit_catalog, may_publish_change
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted, public
from linkspan.kernel.versions import version_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry in a list: what it is known by, and what stands in it."""

    key: str
    content: Mapping[str, Any]


def entries_at(actor: Actor, institution: str, kind: Kind, *, text: str = "", number: int = 1) -> Page[Listed]:
    """The public entries of a kind, by their key, found by a part of code, title or subject."""
    permit(may_edit_catalog(actor, institution), "read the entries of this catalogue")
    if kind in HOLDERS:
        held = [row for row in published_of(institution, kind) if text.casefold() in row.key.casefold()]
        return page_of(held, len(held), lambda row: row, number=number, size=PAGE)
    rows = _rows(institution, kind)
    if text:
        wanted = Q()
        for name in SEARCHED[kind]:
            wanted |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(wanted)
    return page_of(rows, rows.count(), lambda row: _listed(institution, kind, row), number=number, size=PAGE)


@public
def has_entries(institution: str) -> frozenset[Kind]:
    """The kinds of the catalogue's own tables of which the institution has at least one public entry."""
    return frozenset(kind for kind in Kind if kind not in HOLDERS and _rows(institution, kind).exists())


@public
def published_of(institution: str, kind: Kind) -> tuple[Listed, ...]:
    """All public entries of a kind; public as they are."""
    if kind in HOLDERS:
        return tuple(_told(institution, entry) for entry in HOLDERS[kind].entries(institution))
    return tuple(_listed(institution, kind, row) for row in _rows(institution, kind))


@public
def years_of(institution: str) -> tuple[int, ...]:
    """The catalogue years of which requirements are public, newest first."""
    rows = ProgramVersionRow.objects.filter(program__institution=institution)
    return tuple(rows.order_by("-catalogue_year").values_list("catalogue_year", flat=True).distinct())


@public
def published_entry(institution: str, kind: Kind, key: str) -> dict[str, Any] | None:
    """One public entry by its key, or None."""
    if kind in HOLDERS:
        return next((dict(row.content) for row in published_of(institution, kind) if row.key == key), None)
    row = _rows(institution, kind).filter(_by_key(kind, key)).first()
    return None if row is None else dict(_listed(institution, kind, row).content)


def changes_at(actor: Actor, institution: str) -> tuple[Change, ...]:
    """The entries that are prepared and wait to be published, oldest first."""
    permit(may_edit_catalog(actor, institution), "read the entries of this catalogue")
    return tuple(change_of(row) for row in ChangeRow.objects.filter(institution=institution).order_by("prepared_at"))


def changes_of_kind(actor: Actor, institution: str, kind: Kind) -> tuple[Change, ...]:
    """The entries of one kind that wait to be published, oldest first, for the page on which they are made."""
    return tuple(change for change in changes_at(actor, institution) if change.kind is kind)


def changes_to_publish(actor: Actor) -> int:
    """How many entries wait for the actor to publish them."""
    schools = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    found = [change_of(row) for row in ChangeRow.objects.filter(institution__in=schools)]
    second = {school: publishes_with_second(school) for school in {row.institution for row in found}}
    return sum(may_publish_change(actor, row, second[row.institution]) for row in found)


def changes_to_publish_at(actor: Actor, institution: str) -> tuple[Change, ...]:
    """Those that wait at an institution for the actor to publish them; what others need comes first."""
    second, order = publishes_with_second(institution), list(Kind)
    found = (row for row in changes_at(actor, institution) if may_publish_change(actor, row, second))
    return tuple(sorted(found, key=lambda row: (order.index(row.kind), row.content.get("valid_from", ""))))


@granted
def waiting_version(changes: Iterable[Change]) -> str:
    """The version of a list of entries that wait."""
    return version_of({str(row.id): row.content for row in changes})


def waiting_among(institution: str, wanted: Collection[tuple[Kind, str]]) -> dict[tuple[Kind, str], Content]:
    """Those of the kinds and keys that are prepared and wait, with what stands in them."""
    rows = ChangeRow.objects.filter(institution=institution, key__in={key for _, key in wanted}) if wanted else ()
    return {(Kind(row.kind), row.key): row.content for row in rows if (Kind(row.kind), row.key) in wanted}


@public
def tree_on(institution: str, program: str, on: date, coming: Coming) -> Content | None:
    """What a program asks for on a day, with what becomes public together; None if there is nothing by then."""
    rows = [row.content for row in published_of(institution, Kind.REQUIREMENTS)]
    rows += [told for (kind, _key), told in coming.items() if kind is Kind.REQUIREMENTS]
    begun = [row for row in rows if row["program"] == program and row["valid_from"] <= on.isoformat()]
    newest = max(begun, key=lambda row: str(row["valid_from"]), default=None)
    return None if newest is None else newest["requirements"]


def waiting_at(institution: str) -> dict[tuple[Kind, str], Content]:
    """All that is prepared and waits, with what stands in it."""
    rows = ChangeRow.objects.filter(institution=institution)
    return {(Kind(row.kind), row.key): row.content for row in rows}


@dataclass(frozen=True, slots=True)
class Gap:
    """What a public entry still lacks for learners: `run`, `price` or `requirements`."""

    title: str
    lacks: str
    subject: str


def gaps_at(actor: Actor, institution: str, on: date) -> tuple[Gap, ...]:
    """Courses without a run that can be joined or a price in force, programs without requirements in force."""
    permit(may_edit_catalog(actor, institution), "read the entries of this catalogue")
    courses = CourseRow.objects.filter(institution=institution).order_by("code")
    with_run = set(CourseRunRow.objects.filter(enrolment_closes__date__gte=on).values_list("course_id", flat=True))
    prices = PriceRow.objects.filter(_priced(institution), valid_from__lte=on)
    priced = set(prices.exclude(valid_to__lte=on).values_list("subject", flat=True))
    runs = CourseRunRow.objects.filter(course__institution=institution).values_list("id", "course_id")
    priced |= {f"course:{course}" for run, course in runs if f"course-run:{run}" in priced}
    found = [Gap(row.title, "run", row.key) for row in courses if row.key not in with_run]
    found += [Gap(row.title, "price", f"course:{row.key}") for row in courses if f"course:{row.key}" not in priced]
    begun = ProgramVersionRow.objects.filter(valid_from__lte=on).values("program_id")
    empty = ProgramRow.objects.filter(institution=institution).exclude(key__in=begun).order_by("code")
    return (*found, *(Gap(row.title, "requirements", row.key) for row in empty))


def change(actor: Actor, change_id: UUID) -> Change:
    """One entry that waits; NotFound for who may not see it."""
    row = ChangeRow.objects.filter(id=change_id).first()
    if row is None or not may_edit_catalog(actor, row.institution):
        raise NotFound("change_unknown", "No such change waits. It may be published or discarded already.")
    return change_of(row)


@public
def publishes_with_second(institution: str) -> bool:
    """Whether the institution asks for a second person to publish; not so unless it chose it."""
    return CatalogPolicyRow.objects.filter(institution=institution, four_eyes=True).exists()


def change_of(row: ChangeRow) -> Change:
    """The value of a row."""
    return Change(
        row.id,
        row.institution,
        Kind(row.kind),
        row.key,
        row.content,
        row.before,
        row.prepared_by,
        row.preparer,
        row.prepared_at,
    )


SEARCHED: Mapping[Kind, tuple[str, ...]] = {
    Kind.COURSE: ("code", "title"),
    Kind.TERM: ("code", "title"),
    Kind.RUN: ("id", "course__title"),
    Kind.PROGRAM: ("code", "title"),
    Kind.REQUIREMENTS: ("program__code", "program__title"),
    Kind.PRICE: ("subject",),
}


def _rows(institution: str, kind: Kind) -> QuerySet[Any]:
    match kind:
        case Kind.COURSE:
            return CourseRow.objects.filter(institution=institution).order_by("code")
        case Kind.RUN:
            return CourseRunRow.objects.filter(course__institution=institution).select_related("course").order_by("id")
        case Kind.TERM:
            return TermRow.objects.filter(institution=institution).order_by("starts", "code")
        case Kind.PROGRAM:
            return ProgramRow.objects.filter(institution=institution).order_by("code")
        case Kind.REQUIREMENTS:
            found = ProgramVersionRow.objects.filter(program__institution=institution).select_related("program")
            return found.order_by("program__code", "catalogue_year")
        case Kind.PRICE:
            return PriceRow.objects.filter(_priced(institution)).order_by("subject", "valid_from")
        case _:
            raise KeyError(kind)


def _priced(institution: str) -> Q:
    """The prices of what the institution owns."""
    runs = CourseRunRow.objects.filter(course__institution=institution).values_list("id", flat=True)
    trees = ProgramVersionRow.objects.filter(program__institution=institution).values_list("requirements", flat=True)
    codes = {code for tree in trees for code in exams_of(tree)} | exams_made(institution=institution).keys()
    named = (
        [f"course-run:{run}" for run in runs] + [f"exam:{code}" for code in codes] + [f"degree-course:{institution}"]
    )
    begins = Q(subject__startswith=f"course:{institution}/") | Q(subject__startswith=f"program:{institution}/")
    return begins | Q(subject__in=named)


def _by_key(kind: Kind, key: str) -> Q:
    """What finds the row of a key; nothing for a key of another form."""
    thing, _, part = key.rpartition("@")
    match kind:
        case Kind.RUN:
            return Q(id=key)
        case Kind.REQUIREMENTS:
            year = int(part) if part.isascii() and part.isdigit() and len(part) == 4 else 0
            return Q(program_id=thing, catalogue_year=year)
        case Kind.PRICE:
            return Q(subject=thing, valid_from=part) if entries.DAY.fullmatch(part) else Q(subject="")
        case _:
            return Q(key=key)


def _listed(institution: str, kind: Kind, row: Model) -> Listed:
    return _told(institution, _ENTRY[kind](row))


def _told(institution: str, entry: entries.AnyEntry) -> Listed:
    return Listed(entries.key_of(institution, entry), entry.model_dump(mode="json", warnings=False))


def _course(row: CourseRow) -> entries.Course:
    return entries.Course.model_construct(code=row.code, title=row.title, summary=row.summary, credits=row.credits)


def _run(row: CourseRunRow) -> entries.Run:
    return entries.Run.model_construct(
        id=row.id,
        course=row.course.code,
        starts=row.starts,
        ends=row.ends,
        enrolment_opens=row.enrolment_opens,
        enrolment_closes=row.enrolment_closes,
        upgrade_by=row.upgrade_by,
        time_zone=row.time_zone,
    )


def _term(row: TermRow) -> entries.Term:
    return entries.Term.model_construct(
        code=row.code,
        title=row.title,
        starts=row.starts,
        ends=row.ends,
        census=row.census,
        grades_due=row.grades_due,
    )


def _program(row: ProgramRow) -> entries.Program:
    return entries.Program.model_construct(code=row.code, title=row.title, summary=row.summary, kind=row.kind)


def _requirements(row: ProgramVersionRow) -> entries.Requirements:
    return entries.Requirements.model_construct(
        program=row.program.code,
        catalogue_year=row.catalogue_year,
        valid_from=row.valid_from,
        requirements=row.requirements,
        not_here_yet=row.not_here_yet,
    )


def _price(row: PriceRow) -> entries.Price:
    return entries.Price.model_construct(
        subject=row.subject, minor=row.minor, currency=row.currency, valid_from=row.valid_from
    )


_ENTRY: Mapping[Kind, Callable[[Any], entries.AnyEntry]] = {
    Kind.COURSE: _course,
    Kind.RUN: _run,
    Kind.TERM: _term,
    Kind.PROGRAM: _program,
    Kind.REQUIREMENTS: _requirements,
    Kind.PRICE: _price,
}
