"""A learner's own record, and records that an institution imports."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.documents import Record
from linkspan.api.once import LARGEST, Posted, PostedPaper, idempotent
from linkspan.courseware.rules import reading_of
from linkspan.kernel.request import Request
from linkspan.records import actions, queries
from linkspan.records.rules import Change, Kind, Level, NewFact, RefusedRow

router = Router()


@dataclass(frozen=True, slots=True)
class ImportTold:
    """What became of an import: the counts, and the first of the corrections and refusals."""

    learners: int
    opened: int
    new: int
    corrected: int
    known: int
    left_out: int
    refused: int
    changes: tuple[Change, ...]
    refusals: tuple[RefusedRow, ...]
    refused_rows: tuple[int, ...]


@router.get("/mine", operation_id="my_record")
def my_record(request: Request) -> Record:
    """The caller's record in the format of `linkspan audit` (docs/formats/record.md)."""
    return queries.learner_record(request.actor, request.actor.own_id)


class DegreeIn(PostedPaper):
    """A degree: its level, who conferred it, in which field, on which day; a scan of the document in base 64."""

    level: Level
    institution: str = Field(min_length=1, max_length=200)
    field: str = Field("", max_length=200)
    conferred: date


class TestScoreIn(PostedPaper):
    """A test such as TOEFL: its name, the score, the day; a scan of the report in base 64."""

    name: str = Field(min_length=1, max_length=40)
    score: Decimal = Field(ge=0)
    taken: date


@router.post("/mine/degrees", operation_id="declare_degree")
@idempotent
def declare_degree(request: Request, body: DegreeIn) -> Made:
    """State a degree with its document; staff check it."""
    data = {"level": body.level.value, "institution": body.institution, "field": body.field}
    fact = NewFact(Kind.DEGREE, f"{body.level} {body.institution}", {**data, "conferred": body.conferred.isoformat()})
    return _declare(request, fact, body.document)


@router.post("/mine/tests", operation_id="declare_test")
@idempotent
def declare_test(request: Request, body: TestScoreIn) -> Made:
    """State the score of a test with its report; staff check it."""
    data = {"name": body.name, "score": str(body.score), "taken": body.taken.isoformat()}
    return _declare(request, NewFact(Kind.TEST, body.name, data), body.document)


def _declare(request: Request, fact: NewFact, document: bytes) -> Made:
    made = actions.declare_fact(
        actor=request.actor,
        learner_id=request.actor.own_id,
        fact=fact,
        document=document,
        now=request.now,
    )
    return Made(made)


class ImportIn(Posted):
    """A platform's export as JSON lines, or a grade report of Open edX as CSV; a correction takes a reason.

    A file whose name ends in `.csv`, or for which a run is named, is a grade report. `platform` is the host of the
    platform, at which its usernames are known.
    """

    institution: str = Field(max_length=64)
    export: str = Field(max_length=LARGEST)
    name: str = Field("export", max_length=200)
    run: str = Field("", max_length=255)
    platform: str = Field("", max_length=300)
    pass_mark: str = Field("", max_length=8)
    reason: str = ""
    dry_run: bool = False


@router.post("/imports", operation_id="import_records")
@idempotent
def import_records(request: Request, body: ImportIn) -> ImportTold:
    """Import a platform's file row by row: what is sound is taken, each wrong row is named with the reason.

    A dry run says the same and changes nothing. The same file again adds nothing. Grades from before the end of a run
    take a reason.
    """
    actor, institution, reading = (
        request.actor,
        body.institution,
        reading_of(body.name, body.run, body.platform, body.pass_mark),
    )
    raw = body.export.encode(errors="replace")
    found = actions.import_from_platform(
        actor=actor,
        institution=institution,
        platform=queries.platform_file(actor, institution, body.name, raw, reading, request.now),
        reason=body.reason,
        dry_run=body.dry_run,
        now=request.now,
    )
    return ImportTold(**found.told())
