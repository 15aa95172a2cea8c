"""Cohorts of a run: made, bound to content groups, filled by hand, by a list and by chance."""

from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import LARGEST, Posted, idempotent
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Cohort, ContentGroup, Placed, PlaceEffect, PlaceLine
from linkspan.kernel.request import Request

router = Router()


class CohortIn(Posted):
    """A cohort: `group` is a content group of the course (`PARTITION:GROUP`), `automatic` draws who is in none."""

    name: str
    automatic: bool = False
    group: str = ""


class PlaceIn(Posted):
    """A learner and a cohort, or none of them; `dry_run` only says what it would change."""

    learner_id: UUID
    cohort_id: UUID | None = None
    reason: str = ""
    dry_run: bool = True


class PlacesIn(Posted):
    """A list as CSV: email, cohort; `dry_run` only says what it would do."""

    csv: Annotated[str, Field(max_length=LARGEST)]
    dry_run: bool = True


@router.get("/runs/{run_id}/cohorts", operation_id="cohorts")
def cohorts(request: Request, run_id: str) -> tuple[Cohort, ...]:
    """The cohorts of a run by name, with how many learners are in each."""
    return queries.cohorts_of(request.actor, run_id)


@router.get("/runs/{run_id}/content-groups", operation_id="content_groups")
def content_groups(request: Request, run_id: str) -> tuple[ContentGroup, ...]:
    """The content groups of the course, to which cohorts can be bound."""
    return queries.content_groups_of(request.actor, run_id)


@router.post("/runs/{run_id}/cohorts", operation_id="make_cohort")
@idempotent
def make_cohort(request: Request, run_id: str, body: CohortIn) -> Made:
    """Make a cohort of a run."""
    return Made(
        actions.make_cohort(
            actor=request.actor,
            run_id=run_id,
            name=body.name,
            automatic=body.automatic,
            group=body.group,
            now=request.now,
        )
    )


@router.post("/cohorts/{uuid:cohort_id}", operation_id="change_cohort")
@idempotent
def change_cohort(request: Request, cohort_id: UUID, body: CohortIn) -> None:
    """Name a cohort anew, bind it to another content group, have it draw or not."""
    actions.change_cohort(
        actor=request.actor,
        cohort_id=cohort_id,
        name=body.name,
        automatic=body.automatic,
        group=body.group,
        now=request.now,
    )


@router.get("/runs/{run_id}/cohort-places", operation_id="cohort_places")
def places(
    request: Request, run_id: str, cohort_id: UUID | None = None, current: bool = False, page: int = 1
) -> tuple[Placed, ...]:
    """Who came into which cohort, newest first, 50 a page: all that ever was, or what counts now."""
    return queries.places_of(request.actor, run_id, cohort_id=cohort_id, current=current, number=page).rows


@router.post("/runs/{run_id}/cohort-places", operation_id="place_learner")
@idempotent
def place_learner(request: Request, run_id: str, body: PlaceIn) -> PlaceEffect:
    """Move a learner, or say what that would hide and show; answers stay in any case."""
    effect = queries.effect_of_place(request.actor, run_id, body.learner_id, body.cohort_id, request.now)
    if not body.dry_run:
        actions.place_learner(
            actor=request.actor,
            run_id=run_id,
            learner_id=body.learner_id,
            cohort_id=body.cohort_id,
            reason=body.reason,
            now=request.now,
        )
    return effect


@router.post("/runs/{run_id}/cohort-places/list", operation_id="take_places")
@idempotent
def take_places(request: Request, run_id: str, body: PlacesIn) -> tuple[PlaceLine, ...]:
    """Move the learners of a list, or say what that would do; what became of each row."""
    return actions.take_places(
        actor=request.actor, run_id=run_id, content=body.csv, trial=body.dry_run, now=request.now
    )
