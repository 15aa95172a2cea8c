"""The public catalogue."""

from datetime import date

from linkspan.api.answers import Router
from linkspan.catalog import queries
from linkspan.catalog.rules import Program
from linkspan.kernel.request import Request

router = Router()


@router.get("/programs", auth=None, operation_id="list_programs")
def list_programs(request: Request, on: date | None = None) -> tuple[Program, ...]:
    """Programs with the requirements in force on a day (today if none is given)."""
    return queries.programs(on or request.now.date())


@router.get("/programs/{institution}/{code}", auth=None, operation_id="get_program")
def get_program(request: Request, institution: str, code: str, on: date | None = None) -> Program:
    """One program."""
    return queries.program(f"{institution}/{code}", on or request.now.date())
