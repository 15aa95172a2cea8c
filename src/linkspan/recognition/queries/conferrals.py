"""Reads of degrees conferred: the lists that are prepared, what was conferred, what was revoked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from linkspan.accounts.queries import called, name_of
from linkspan.credentials.queries import degrees_held
from linkspan.credentials.rules import Issued
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.paging import Page
from linkspan.kernel.reasons import as_told
from linkspan.recognition.models import ConferralListRow, ConferralRow, CreditAwardRow
from linkspan.recognition.queries.credit import SYSTEM
from linkspan.recognition.queries.graduands import judged
from linkspan.recognition.rules.conferral import (
    ConferralState,
    DegreeAudit,
    DegreeKind,
    ListState,
    degree_key,
    may_see_conferral,
)


@dataclass(frozen=True, slots=True)
class Conferral:
    """The conferral of a degree on somebody; `why` says why they were left out, `asked_*` who asked to revoke it."""

    id: UUID
    list_id: UUID
    learner_id: UUID
    application_id: UUID
    institution: str
    program: str
    title: str
    kind: DegreeKind
    day: date
    state: ConferralState
    why: tuple[str, ...]
    since: datetime
    conferred_at: datetime | None
    asked_at: datetime | None
    asked_by: str
    asker_id: UUID | None
    asked_why: str
    asked_told: str
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True)
class ConferralList:
    """A list of people on whom a degree is conferred on a day, and how it stands."""

    id: UUID
    institution: str
    program: str
    title: str
    kind: DegreeKind
    day: date
    state: ListState
    people: int
    prepared_at: datetime
    prepared_by: str
    preparer_id: UUID
    decided_at: datetime | None
    decided_by: str
    decision: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on a list, what stands in the way today, and whether the reader may still take them off."""

    conferral: Conferral
    open: tuple[str, ...]
    removable: bool


@dataclass(frozen=True, slots=True)
class ConferralListFile:
    """A list with everybody on it."""

    list: ConferralList
    people: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class ConferralFile:
    """One conferral, its audit judged today, and the credential of the degree once it is signed."""

    conferral: Conferral
    audit: DegreeAudit
    credential_id: UUID | None


CONFERRALS = Shape(
    search=lambda text: called(text) | numbered(text) | word_beginnings(text, ("title",)),
    filters={"state": values_of(ConferralState, "state")},
    sorts={
        "name": (name_of(),),
        "title": ("title", "day"),
        "conferral": ("day",),
        "since": ("since",),
        "state": ("state",),
    },
    first="-since",
    day="since",
)


def conferrals_at(actor: Actor, ask: Ask) -> Page[Conferral]:
    """The conferrals of the registrar's institutions, the newest first or as they ask."""
    return found(_mine(actor), ask, CONFERRALS, conferral)


def _mine(actor: Actor) -> QuerySet[ConferralRow]:
    """The conferrals of the registrar's institutions; never their own, of which they learn as others do."""
    mine = actor.institutions_as("registrar")
    permit(bool(mine), "see degrees conferred")
    return ConferralRow.objects.filter(institution__in=mine).exclude(learner_id=actor.own_id)


def conferral_file(actor: Actor, conferral_id: UUID) -> ConferralFile:
    """One conferral for a registrar of its school; NotFound for everybody else."""
    row = _mine(actor).filter(id=conferral_id).first()
    if row is None:
        raise NotFound("conferral_unknown", "There is no such conferral.")
    audit = judged([row.application_id])[row.application_id].audit
    held = _credential(conferral(row), degrees_held(SYSTEM, row.learner_id))
    return ConferralFile(conferral(row), audit, held.id if held else None)


def _credential(one: Conferral | None, held: Mapping[str, Issued]) -> Issued | None:
    """The credential of this conferral, not of one before it that was revoked; None until it is signed."""
    found = held.get(degree_key(one.institution, one.program)) if one else None
    if found is None or one is None or one.conferred_at is None or found.awarded_at < one.conferred_at:
        return None
    return found


def conferral_lists(actor: Actor, *states: ListState) -> tuple[ConferralList, ...]:
    """The lists of the registrar's institutions in those states, the next day first."""
    mine = actor.institutions_as("registrar")
    permit(bool(mine), "see lists of conferral")
    rows = ConferralListRow.objects.filter(institution__in=mine, state__in=states or list(ListState))
    return tuple(map(conferral_list, rows.annotate(people=Count("conferrals")).order_by("day", "prepared_at", "id")))


def conferral_list_file(actor: Actor, list_id: UUID) -> ConferralListFile:
    """A list with everybody on it, judged today, for a registrar of its school; NotFound for everybody else."""
    mine = actor.institutions_as("registrar")
    row = ConferralListRow.objects.filter(id=list_id, institution__in=mine).annotate(people=Count("conferrals")).first()
    if row is None:
        raise NotFound("conferral_list_unknown", "There is no such list.")
    rows = list(ConferralRow.objects.filter(listed=row).order_by("since", "id"))
    now = judged([one.application_id for one in rows if one.state in ("waiting", "approved")])
    people = (
        Listed(
            _told_to(actor, conferral(one)),
            now[one.application_id].open if one.application_id in now else (),
            one.application_id in now and not actor.is_person(one.learner_id),
        )
        for one in rows
    )
    return ConferralListFile(conferral_list(row), tuple(people))


def lists_waiting(actor: Actor) -> int:
    """How many lists, and requests to revoke, wait for the actor: those of others at their institutions."""
    mine, own = actor.institutions_as("registrar"), actor.person_id
    if not mine or own is None:
        return 0
    lists = ConferralListRow.objects.filter(institution__in=mine, state=ListState.WAITING).exclude(prepared_by_id=own)
    asked = ConferralRow.objects.filter(institution__in=mine, state=ConferralState.CONFERRED, asked_at__isnull=False)
    others = asked.exclude(Q(asked_by_id=own) | Q(learner_id=own))
    return lists.values("id").union(others.values("id"), all=True).count()


def conferrals_of(actor: Actor, learner_id: UUID) -> dict[UUID, Conferral]:
    """A learner's degrees, by application: for the learner what was conferred and revoked, for staff the lists too.

    The learner reads the reason that was meant for the learner, once a degree is revoked.
    """
    rows = ConferralRow.objects.filter(learner_id=learner_id).order_by("since", "id")
    if actor.is_person(learner_id):
        rows = rows.filter(conferred_at__isnull=False)
    seen = [row for row in rows if may_see_conferral(actor, learner_id, row.institution)]
    return {row.application_id: _told_to(actor, conferral(row)) for row in seen}


def _told_to(actor: Actor, one: Conferral) -> Conferral:
    """A conferral as the actor may read it: its holder reads no more of a revocation than what was meant for them."""
    if not actor.is_person(one.learner_id):
        return one
    told = one.asked_told if one.revoked_at else ""
    blank = replace(one, asked_at=None, asked_by="", asker_id=None, asked_why="", revoked_by="")
    return replace(blank, asked_told=told)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the conferral of a degree stands for its holder: whether all is done, what holds it back, what came of it."""

    complete: bool
    holds: tuple[str, ...]
    conferred: Conferral | None
    credential: Issued | None


def my_degrees(actor: Actor) -> dict[UUID, Standing]:
    """How the conferral of each of the actor's degrees stands, by application."""
    own = actor.own_id
    ids = set(CreditAwardRow.objects.filter(learner_id=own).values_list("application_id", flat=True))
    if not ids:
        return {}
    conferred, held = conferrals_of(actor, own), degrees_held(actor, own)
    return {
        one: Standing(
            found.audit.complete,
            found.holds,
            conferred.get(one),
            _credential(conferred.get(one), held),
        )
        for one, found in judged(ids).items()
    }


def degrees_conferred(actor: Actor, institution: str = "", agreement_ids: Collection[str] = ()) -> frozenset[UUID]:
    """Who holds a degree of the school, or one reached under those agreements, for jobs of the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "see who holds a degree")
    rows = ConferralRow.objects.filter(state=ConferralState.CONFERRED)
    rows = rows.filter(institution=institution) if institution else rows.filter(agreement_id__in=list(agreement_ids))
    return frozenset(rows.values_list("learner_id", flat=True))


def conferral(row: ConferralRow) -> Conferral:
    """A row as a value."""
    return Conferral(
        row.id,
        row.listed_id,
        row.learner_id,
        row.application_id,
        row.institution,
        row.program,
        row.title,
        DegreeKind(row.kind),
        row.day,
        ConferralState(row.state),
        as_told(row.why),
        row.since,
        row.conferred_at,
        row.asked_at,
        row.asked_by,
        row.asked_by_id,
        row.asked_why,
        row.asked_told,
        row.revoked_at,
        row.revoked_by,
    )


def conferral_list(row: ConferralListRow) -> ConferralList:
    """A row with its number of people as a value."""
    return ConferralList(
        row.id,
        row.institution,
        row.program,
        row.title,
        DegreeKind(row.kind),
        row.day,
        ListState(row.state),
        int(getattr(row, "people", 0)),
        row.prepared_at,
        row.prepared_by,
        row.prepared_by_id,
        row.decided_at,
        row.decided_by,
        row.decision,
    )
