"""What cannot be undone with credit: looked at first, then confirmed (`kernel.acts`)."""

from uuid import UUID

from linkspan.finance.queries import forgone_for
from linkspan.kernel.acts import Act, Asked, Line, thing_of
from linkspan.kernel.errors import Unusable
from linkspan.recognition.actions.credit import close_case
from linkspan.recognition.models import CaseRow, CreditAwardRow

OFFICE = frozenset({"registrar"})


def _close(asked: Asked) -> None:
    do = asked.word("choice")
    if do not in ("stand", "reverse"):
        raise Unusable("choice_unknown", "Choose whether the credit is kept.")
    close_case(
        actor=asked.actor, case_id=thing_of(asked.subject), reverse=do == "reverse", reason=asked.reason, now=asked.now
    )


def of_application(asked: Asked, application_id: UUID) -> dict[str, Line]:
    """Each award of an application with its credits, and the tuition that it forgoes."""
    found = {}
    learner_id = None
    for row in CreditAwardRow.objects.filter(application_id=application_id).order_by("number"):
        learner_id = row.learner_id
        stands = f"{row.credits.normalize():f}" if row.state == "active" else row.state
        found[str(row.id)] = Line(row.learner_id, f"{row.course}: {row.slot}", stands)
    amount = forgone_for(str(application_id))
    if learner_id is not None and amount is not None:
        found["tuition"] = Line(learner_id, "tuition waived", amount.in_words("en"), coded=True)
    return found


def _of_case(asked: Asked) -> dict[str, Line]:
    case = CaseRow.objects.filter(id=thing_of(asked.subject)).first()
    if case is None:
        return {}
    stands = case.outcome if case.closed_at else "open"
    return {"case": Line(case.learner_id, "case", stands, coded=True), **of_application(asked, case.application_id)}


def _school(subject: str) -> str:
    row = CaseRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True).first()
    return row or ""


CLOSE_CASE = Act(
    name="close_case",
    do=_close,
    lines=_of_case,
    school=_school,
    tells=("recognition.CreditReversed",),
    roles=OFFICE,
)
