"""The applications of a round."""

from uuid import UUID

from linkspan.admissions.queries import APPLICATIONS, applications_in, round_by_id
from linkspan.kernel.errors import NotFound
from linkspan.kernel.ids import number_of
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(of: str) -> DeskList:
    """The list of one round, or of all rounds of the actor's institutions."""
    round_id = _id(of) if of else None
    return DeskList(
        name=ListName.APPLICATIONS,
        shape=APPLICATIONS,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "eligibility": lambda row: Cell(code=row.eligibility),
            "score": lambda row: Cell(number=row.score),
            "state": lambda row: Cell(code=row.state),
            "place": lambda row: Cell(number=row.place),
            "submitted": lambda row: Cell(at=row.submitted_at),
            "number": lambda row: Cell(number_of(row.id)),
        },
        read=lambda actor, ask: applications_in(actor, round_id, ask),
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.APPLICATION, row.id),
        at=round_by_id(round_id).institution if round_id else "",
    )


def _id(of: str) -> UUID:
    try:
        return UUID(of)
    except ValueError:
        raise NotFound("round_unknown", "There is no such round.") from None
