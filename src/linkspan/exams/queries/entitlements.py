"""Reads of what a payment for an exam gives, and of what it gave to a learner."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from linkspan.exams.models import AttemptRow, EntitlementRow
from linkspan.exams.queries.series import fee_code
from linkspan.exams.rules import NOT_COUNTED, UNDER_WAY, Entitled, Entitlement, Exam, entitled, may_set_entitlements
from linkspan.finance.queries import charges_of
from linkspan.finance.rules import ChargeState
from linkspan.institutions.queries import institution
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit

SYSTEM = system_actor("exams")


def entitlements(actor: Actor, school: str) -> dict[str, tuple[Entitlement, ...]]:
    """The rules of an institution's programs, by program and day, for its program staff."""
    permit(may_set_entitlements(actor, school), "see what payments for exams give here")
    found: dict[str, tuple[Entitlement, ...]] = {}
    for row in EntitlementRow.objects.filter(institution=school).order_by("program_key", "valid_from"):
        found[row.program_key] = (*found.get(row.program_key, ()), as_entitlement(row))
    return found


def entitled_to(learner_id: UUID, found: Exam) -> tuple[Entitled, bool]:
    """What the learner's payments for an exam give, and whether an attempt is under way."""
    rows = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id=found.code)
    made = list(rows.exclude(state__in=NOT_COUNTED).values_list("state", "submitted_at", "created_at"))
    last = max((submitted or created for _, submitted, created in made), default=None)
    rules = EntitlementRow.objects.filter(program_key=found.program_key)
    zone = ZoneInfo(institution(found.institution).time_zone)
    codes = {found.code, fee_code(found.code)}  # what was paid before a series took the exam stays paid
    days = [at.astimezone(zone).date() for code in codes for at in payments(learner_id, code).values()]
    under_way = any(state in UNDER_WAY for state, *_ in made)
    return entitled(found, tuple(map(as_entitlement, rules)), days, len(made), last), under_way


def payments(learner_id: UUID, code: str) -> dict[int, datetime]:
    """When the learner registered for what is paid, by the number of the payment: `exam:CODE`, then `exam:CODE#2`."""
    subject = f"exam:{code}"
    paid = (one for one in charges_of(SYSTEM, learner_id) if one.state == ChargeState.PAID)
    parts = ((one.subject.partition("#"), one.at) for one in paid)
    return {int(number or 1): at for (name, _, number), at in parts if name == subject}


def as_entitlement(row: EntitlementRow) -> Entitlement:
    """A row as a value."""
    day: date = row.valid_from
    return Entitlement(day, row.attempts, row.cool_off_days)
