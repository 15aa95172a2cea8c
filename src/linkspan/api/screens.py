"""What pages show, as one answer each: the same reads that the pages render."""

from uuid import UUID

from linkspan.api.answers import Router
from linkspan.kernel.request import Request
from linkspan.screens import desk_home, learner_home
from linkspan.screens.application import ApplicationScreen, application_screen

router = Router()


@router.get("/home", operation_id="learner_home")
def home(request: Request) -> learner_home.LearnerHome:
    """The caller's studies: the next step, what is to pay, applications, courses, and progress in programs."""
    return learner_home.learner_home(request.actor, request.now)


@router.get("/desk", operation_id="desk_home")
def desk(request: Request) -> desk_home.DeskHome:
    """The tasks of the caller's roles, and how many things wait in each."""
    return desk_home.desk_home(request.actor, request.now)


@router.get("/applications/{uuid:application_id}", operation_id="application_screen")
def application(request: Request, application_id: UUID) -> ApplicationScreen:
    """An application for its learner or the office: where it stands and why, and what the caller can do with it now."""
    return application_screen(request.actor, application_id, request.now)
