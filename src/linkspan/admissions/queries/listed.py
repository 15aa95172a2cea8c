"""The desk's list of a round's applications, and which of them come before and after one."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet

from linkspan.accounts.queries import called, name_of
from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.queries.applications import as_application
from linkspan.admissions.queries.intakes import round_by_id
from linkspan.admissions.rules.applications import Application, Round, State, may_admit, shown_to
from linkspan.admissions.rules.scores import Better
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.lists import Ask, Shape, found, narrowed, numbered, order_of, understood, values_of
from linkspan.kernel.paging import Page

ELIGIBILITY = ("met", "not_met", "unknown")
APPLICATIONS = Shape(
    search=lambda text: called(text) | numbered(text),
    filters={"state": values_of(State, "state"), "eligibility": values_of(ELIGIBILITY, "eligibility")},
    sorts={
        "name": (name_of(),),
        "eligibility": ("eligibility",),
        "score": ("score", "submitted_at"),
        "state": ("state",),
        "place": ("place",),
        "submitted": ("submitted_at",),
    },
    first="score",
    day="submitted_at",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Where an application stands in a list: its place from 1, and the ones before and after it."""

    place: int
    total: int
    before: UUID | None
    after: UUID | None


def applications_in(actor: Actor, round_id: UUID | None, ask: Ask) -> Page[Application]:
    """A round's applications for its admissions staff, the best score first or as they ask; or of all their rounds."""

    def told(row: ApplicationRow) -> Application:
        return shown_to(actor, as_application(row))

    if round_id is None:
        mine = actor.institutions_as("admissions")
        permit(bool(mine), "see applications")
        rows = ApplicationRow.objects.filter(round__institution__in=mine).select_related("round__intake")
        return found(rows, replace(ask, sort=ask.sort or "-submitted"), APPLICATIONS, told)
    round_ = round_by_id(round_id)
    permit(may_admit(actor, round_.institution), "see this round's applications")
    return found(_rows(round_), _best(ask, round_), APPLICATIONS, told)


def applications_here(actor: Actor, learner_id: UUID) -> tuple[Application, ...]:
    """A person's applications to the institutions where the actor admits or is registrar, newest first."""
    mine = actor.institutions_as("admissions") | actor.institutions_as("registrar")
    permit(bool(mine), "see applications")
    rows = ApplicationRow.objects.filter(learner_id=learner_id, round__institution__in=mine)
    ordered = rows.select_related("round__intake").order_by("-submitted_at", "id")
    return tuple(shown_to(actor, as_application(row)) for row in ordered)


def beside(actor: Actor, application_id: UUID, round_id: UUID, ask: Ask) -> Beside | None:
    """Where an application stands in the list that its reader came from; None if it is not in it, or not theirs."""
    round_ = round_by_id(round_id)
    if not may_admit(actor, round_.institution):
        return None
    ask = understood(_best(ask, round_), APPLICATIONS)
    rows = narrowed(_rows(round_), ask, APPLICATIONS).order_by(*order_of(ask, APPLICATIONS))
    ids = list(rows.values_list("id", flat=True))
    if application_id not in ids:
        return None
    at = ids.index(application_id)
    return Beside(at + 1, len(ids), ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)


def _rows(round_: Round) -> QuerySet[ApplicationRow]:
    return ApplicationRow.objects.filter(round_id=round_.id).select_related("round__intake")


def _best(ask: Ask, round_: Round) -> Ask:
    """The same, with the best score first where no order is asked for: the highest or the lowest, as the round says."""
    best = "-score" if round_.better is Better.HIGHER else "score"
    return replace(ask, sort=ask.sort or best)
