"""A learner's own record, and records that an institution imports."""

from typing import Any

from ninja import Field, Router

from linkspan.api.once import LARGEST, Posted, idempotent
from linkspan.courseware.connector import ExportText
from linkspan.kernel.request import Request
from linkspan.records import actions, queries

router = Router()


@router.get("/mine", response=dict[str, Any], operation_id="my_record")
def my_record(request: Request) -> dict[str, Any]:
    """The caller's record in the format of `linkspan audit` (docs/formats/record.md)."""
    return queries.learner_record(request.actor, request.actor.own_id)


class ImportIn(Posted):
    """A platform's export as JSON lines; a correction of what is on record takes a reason."""

    institution: str
    export: str = Field(max_length=LARGEST)
    name: str = "export"
    reason: str = ""
    dry_run: bool = False


@router.post("/imports", response=dict[str, Any], operation_id="import_records")
@idempotent
def import_records(request: Request, body: ImportIn) -> dict[str, Any]:
    """Import a platform's export row by row: what is sound is taken, each wrong row is named with the reason.

    A dry run says the same and changes nothing. The same export again adds nothing.
    """
    return actions.import_from_platform(
        actor=request.actor,
        institution=body.institution,
        platform=ExportText(f"export {body.name[:100]}", body.export.encode(errors="replace")),
        reason=body.reason,
        dry_run=body.dry_run,
        now=request.now,
    ).told()
