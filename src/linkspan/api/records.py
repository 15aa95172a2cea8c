"""A learner's own record, and records that an institution imports."""

from dataclasses import dataclass

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.documents import Record
from linkspan.api.once import LARGEST, Posted, idempotent
from linkspan.courseware.engines.exports import ExportText
from linkspan.kernel.request import Request
from linkspan.records import actions, queries
from linkspan.records.rules import Change, RefusedRow

router = Router()


@dataclass(frozen=True, slots=True)
class ImportTold:
    """What became of an import: the counts, and the first of the corrections and refusals."""

    learners: int
    opened: int
    new: int
    corrected: int
    known: int
    refused: int
    changes: tuple[Change, ...]
    refusals: tuple[RefusedRow, ...]
    refused_rows: tuple[int, ...]


@router.get("/mine", operation_id="my_record")
def my_record(request: Request) -> Record:
    """The caller's record in the format of `linkspan audit` (docs/formats/record.md)."""
    return queries.learner_record(request.actor, request.actor.own_id)


class ImportIn(Posted):
    """A platform's export as JSON lines; a correction of what is on record takes a reason."""

    institution: str
    export: str = Field(max_length=LARGEST)
    name: str = "export"
    reason: str = ""
    dry_run: bool = False


@router.post("/imports", operation_id="import_records")
@idempotent
def import_records(request: Request, body: ImportIn) -> ImportTold:
    """Import a platform's export row by row: what is sound is taken, each wrong row is named with the reason.

    A dry run says the same and changes nothing. The same export again adds nothing.
    """
    found = actions.import_from_platform(
        actor=request.actor,
        institution=body.institution,
        platform=ExportText(f"export {body.name[:100]}", body.export.encode(errors="replace")),
        reason=body.reason,
        dry_run=body.dry_run,
        now=request.now,
    )
    return ImportTold(**found.told())
