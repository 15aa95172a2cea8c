"""The public catalogue."""

from datetime import date
from typing import Any

from ninja import Router, Schema

from linkspan.catalog import queries
from linkspan.catalog.rules import Program
from linkspan.kernel.request import Request

router = Router()


class ProgramOut(Schema):
    """A program and its requirement tree in force."""

    key: str
    institution: str
    title: str
    summary: str
    kind: str
    catalogue_year: int
    requirements: dict[str, Any]


def _out(program: Program) -> ProgramOut:
    return ProgramOut(
        key=program.key,
        institution=program.institution,
        title=program.title,
        summary=program.summary,
        kind=program.kind,
        catalogue_year=program.catalogue_year,
        requirements=dict(program.requirements),
    )


@router.get("/programs", response=list[ProgramOut], auth=None, operation_id="list_programs")
def list_programs(request: Request, on: date | None = None) -> list[ProgramOut]:
    """Programs with the requirements in force on a day (today if none is given)."""
    return [_out(program) for program in queries.programs(on or request.now.date())]


@router.get("/programs/{institution}/{code}", response=ProgramOut, auth=None, operation_id="get_program")
def get_program(request: Request, institution: str, code: str, on: date | None = None) -> ProgramOut:
    """One program."""
    return _out(queries.program(f"{institution}/{code}", on or request.now.date()))
