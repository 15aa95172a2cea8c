"""The desk's list of what institutions issued."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from linkspan.accounts.queries import called
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.queries.held import issued
from linkspan.credentials.rules import CredentialState, Issued, IssueKind, may_revoke
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.paging import Page


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """A credential in a list."""

    id: UUID
    learner_id: UUID
    title: str
    kind: IssueKind
    institution: str
    awarded_at: datetime
    state: CredentialState


def _search(text: str) -> Q:
    return called(text) | numbered(text) | word_beginnings(text, ("holder_name", "title"))


ISSUED = Shape(
    search=_search,
    filters={"state": values_of(CredentialState, "state"), "kind": values_of(IssueKind, "kind")},
    sorts={
        "name": ("holder_name",),
        "title": ("title",),
        "kind": ("kind",),
        "institution": ("institution",),
        "awarded": ("awarded_at",),
        "state": ("state",),
    },
    first="-awarded",
    day="awarded_at",
)


def issued_at(actor: Actor, ask: Ask) -> Page[IssuedLine]:
    """What the institutions whose staff the actor is have issued: by holder, number, title, state, kind and day."""
    mine = actor.institutions_as("registrar") | actor.institutions_as("program_staff")
    permit(bool(mine), "see what is issued here")
    rows = CredentialRow.objects.filter(institution__in=mine)
    return found(rows.only(*IssuedLine.__dataclass_fields__), ask, ISSUED, _line)


def issued_lines(actor: Actor, credential_ids: Collection[UUID]) -> tuple[IssuedLine, ...]:
    """Those of these credentials that the actor's institutions issued, by holder, before something is done to them."""
    mine = actor.institutions_as("registrar") | actor.institutions_as("program_staff")
    permit(bool(mine), "see what is issued here")
    rows = CredentialRow.objects.filter(institution__in=mine, id__in=list(credential_ids))
    return tuple(_line(row) for row in rows.only(*IssuedLine.__dataclass_fields__).order_by("holder_name", "id"))


def issued_to(actor: Actor, learner_id: UUID) -> tuple[IssuedLine, ...]:
    """What the institutions whose staff the actor is issued to a person, newest first."""
    mine = actor.institutions_as("registrar") | actor.institutions_as("program_staff")
    permit(bool(mine), "see what is issued here")
    rows = CredentialRow.objects.filter(institution__in=mine, learner_id=learner_id)
    return tuple(_line(row) for row in rows.only(*IssuedLine.__dataclass_fields__).order_by("-awarded_at", "id"))


def issued_here(actor: Actor, credential_id: UUID) -> Issued:
    """One credential for the staff of its institution; NotFound for everybody else."""
    row = CredentialRow.objects.filter(id=credential_id).first()
    if row is None or not may_revoke(actor, row.institution):
        raise NotFound("credential_unknown", "There is no such credential, or your school did not issue it.")
    return issued(row)


def _line(row: CredentialRow) -> IssuedLine:
    return IssuedLine(
        row.id,
        row.learner_id,
        row.title,
        IssueKind(row.kind),
        row.institution,
        row.awarded_at,
        CredentialState(row.state),
    )
