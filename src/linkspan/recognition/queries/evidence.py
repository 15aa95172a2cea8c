"""What became of an application in credit, as evidence of a case; for the system when it puts the case together."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Model

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.recognition.models import CaseAnswerRow, CaseRow, CreditAwardRow, CreditChangeRow

#: What stands in a case of its credit, by the name of its list.
TABLES: Mapping[str, type[Model]] = {"awards": CreditAwardRow, "changes": CreditChangeRow, "cases": CaseRow}
KINDS = {"awards": "award", "changes": "credit_change", "cases": "case"}


def credit_as_evidence(actor: Actor, application_id: UUID) -> dict[str, list[dict[str, object]]]:
    """The awards, changes and cases of an application's credit as they stand, with what the learner answered."""
    permit(actor.is_system, "put the credit of a case together")
    found = {
        name: [_row(row) for row in table._default_manager.filter(application_id=application_id).order_by("pk")]
        for name, table in TABLES.items()
    }
    answers = CaseAnswerRow.objects.filter(case_id__in=[one["id"] for one in found["cases"]]).order_by("at", "id")
    return found | {"answers": [{"case": row.case_id, "text": row.text, "at": row.at} for row in answers]}


def credit_told_of(actor: Actor, application_id: UUID) -> frozenset[str]:
    """What the trail calls the credit of an application; for the system."""
    found = credit_as_evidence(actor, application_id)
    rows = {f"recognition.{KINDS[name]}:{one['id']}" for name in TABLES for one in found[name]}
    return frozenset(rows | {f"recognition.application:{application_id}", f"recognition.plan:{application_id}"})


def _row(row: Model) -> dict[str, object]:
    """Every column, those that no form edits too."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
