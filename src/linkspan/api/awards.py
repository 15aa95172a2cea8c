"""Program awards that wait for a second person, how they are made, and what holders show."""

from collections.abc import Sequence
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import Award
from linkspan.kernel.each import Failed
from linkspan.kernel.request import Request

router = Router()


class AwardRefusalIn(Posted):
    """The awards that are refused, and why."""

    award_ids: list[UUID] = Field(min_length=1, max_length=500)
    reason: str = Field(max_length=2_000)


class FourEyesIn(Posted):
    """Whether a second person approves."""

    four_eyes: bool


class DisplayIn(Posted):
    """Whether one's name stands in what is issued from now on."""

    shows_name: bool


@router.get("/waiting", operation_id="waiting_awards")
def waiting_awards(request: Request) -> Sequence[Award]:
    """Prepared program awards that the caller may decide on, oldest first."""
    return queries.waiting_awards(request.actor)


@router.post("/refusals", operation_id="refuse_awards")
@idempotent
def refuse_awards(request: Request, body: AwardRefusalIn) -> Sequence[Failed[UUID]]:
    """Refuse what somebody else prepared; the answer names what could not be refused."""
    made = actions.refuse_awards(actor=request.actor, award_ids=body.award_ids, reason=body.reason, now=request.now)
    return made.failed


@router.post("/four-eyes/{institution}", operation_id="set_four_eyes")
@idempotent
def set_four_eyes(request: Request, institution: str, body: FourEyesIn) -> None:
    """Choose whether program awards of the institution take the approval of a second person."""
    actions.set_four_eyes(actor=request.actor, institution=institution, four_eyes=body.four_eyes, now=request.now)


@router.post("/display", operation_id="choose_display")
@idempotent
def choose_display(request: Request, body: DisplayIn) -> None:
    """Choose whether one's name stands in credentials that are issued from now on."""
    actions.choose_display(
        actor=request.actor, learner_id=request.actor.own_id, shows_name=body.shows_name, now=request.now
    )
