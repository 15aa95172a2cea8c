"""What pages show, as one answer each: the same reads that the pages render."""

from datetime import datetime
from uuid import UUID

from ninja import Query, Schema

from linkspan.accounts.actions import read_person
from linkspan.api.answers import Router
from linkspan.kernel.lists import Ask
from linkspan.kernel.request import Request
from linkspan.screens import desk_home, learner_home, today, trail
from linkspan.screens.application import ApplicationScreen, application_screen
from linkspan.screens.lists import Listed, ListName, desk_list
from linkspan.screens.person import PersonFile, person_file

router = Router()


class ListAsk(Schema):
    """What is asked of a list: `of` is its round or run, `by` are filters such as `state:active`, `sort` a column.

    `columns` are those that are told; all if none is named."""

    of: str = ""
    q: str = ""
    by: list[str] = []
    sort: str = ""
    columns: list[str] = []
    page: int = 1
    size: int = 50
    since: datetime | None = None
    until: datetime | None = None


@router.get("/home", operation_id="learner_home")
def home(request: Request) -> learner_home.LearnerHome:
    """The caller's studies: the next step, what is to pay, applications, courses, and progress in programs."""
    return learner_home.learner_home(request.actor, request.now)


@router.get("/desk", operation_id="desk_home")
def desk(request: Request) -> desk_home.DeskHome:
    """The tasks of the caller's roles, and how many things wait in each."""
    return desk_home.desk_home(request.actor, request.now)


@router.get("/today", operation_id="office_today")
def office_today(request: Request) -> today.Today:
    """What waits for the caller's offices, with its age and until when it is to be done; what is late comes first."""
    return today.today(request.actor, request.now)


@router.get("/applications/{uuid:application_id}", operation_id="application_screen")
def application(request: Request, application_id: UUID) -> ApplicationScreen:
    """An application for its learner or the office: where it stands and why, and what the caller can do with it now."""
    return application_screen(request.actor, application_id, request.now)


@router.get("/desk/people/{uuid:person_id}", operation_id="person_file")
def person(request: Request, person_id: UUID, sent: bool = False) -> PersonFile:
    """The file of a person by the caller's offices: what their institutions have to do with that person; logged.

    With `sent`, the notices and mails are told too that the person got about what the file shows.
    """
    read_person(actor=request.actor, person_id=person_id, now=request.now)
    return person_file(request.actor, person_id, with_sent=sent)


@router.get("/desk/lists/{name}", operation_id="desk_list")
def lists(request: Request, name: ListName, asked: Query[ListAsk]) -> Listed:
    """A page of a desk's list, as its page shows it: 50 rows, up to 500 by `size`; people by their ids."""
    filters = dict(part.split(":", 1) for part in asked.by if ":" in part)
    ask = Ask(asked.q, filters, asked.sort, asked.page, min(asked.size, 500), asked.since, asked.until)
    return desk_list(request.actor, name, ask, asked.of, asked.columns)


@router.get("/desk/trail/{int:position}", operation_id="trail_entry")
def entry(request: Request, position: int) -> trail.EntryScreen:
    """One entry of the audit trail, for auditors: before and after, what else was done to it, what can be replayed."""
    return trail.trail_entry(request.actor, position)
