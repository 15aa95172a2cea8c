"""Who is enrolled in a run."""

from linkspan.catalog.queries import course_run
from linkspan.enrolment.queries import ROSTER
from linkspan.enrolment.queries import roster as enrolled
from linkspan.kernel.things import About, Thing
from linkspan.screens.lists.listing import Cell, DeskList, ListName


def described(of: str) -> DeskList:
    """The roster of one run."""
    return DeskList(
        name=ListName.ROSTER,
        shape=ROSTER,
        columns={
            "name": lambda row: Cell(person=row.learner_id),
            "track": lambda row: Cell(code=row.track),
            "state": lambda row: Cell(code=row.state),
            "since": lambda row: Cell(at=row.at),
        },
        read=lambda actor, ask: enrolled(actor, of, ask),
        key=lambda row: row.id,
        about=lambda row: About.of(Thing.PERSON, row.learner_id),
        at=course_run(of).course.institution,
    )
