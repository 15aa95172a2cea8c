"""What a payment for an exam gives: set for a program from a day on; and registering, once or again."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from linkspan.catalog.queries import price_in_force, program
from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.models import EntitlementRow
from linkspan.exams.queries import before_the_fee, entitled_to, exam, fee_code, payments, reasons_against
from linkspan.exams.rules import MOST_ATTEMPTS, MOST_COOL_OFF, Entitlement, may_set_entitlements, pays_again
from linkspan.finance.actions import charge
from linkspan.institutions.queries import institution
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.reasons import Phrase, Sentence


@transaction.atomic
def set_entitlement(*, actor: Actor, program_key: str, rule: Entitlement, now: datetime) -> None:
    """Set what a payment for a program's exams gives from a day on, today at the earliest.

    Who registered before that day keeps the rule of theirs; a rule that is still to come can be set again.
    """
    school = program(program_key, now.date()).institution
    permit(may_set_entitlements(actor, school), "set what a payment for an exam gives here")
    _check(rule, now.astimezone(ZoneInfo(institution(school).time_zone)).date())
    wanted = {"attempts": rule.attempts, "cool_off_days": rule.cool_off_days}
    of = {"program_key": program_key, "valid_from": rule.valid_from}
    row, made = EntitlementRow.objects.select_for_update().get_or_create(
        **of, defaults={**wanted, "institution": school, "set_by": actor.name}
    )
    before = None if made else {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return
    row.attempts, row.cool_off_days, row.set_by = rule.attempts, rule.cool_off_days, actor.name
    row.save()
    audit.record(
        actor=actor,
        verb="set_entitlement",
        subject=f"exams.program:{program_key}",
        now=now,
        before=before,
        after={**of, **wanted},
        institution=school,
    )


@transaction.atomic
def register_for_exam(*, actor: Actor, code: str, now: datetime) -> UUID:
    """Charge the exam fee in force to oneself; returns the charge.

    An exam of a series with one fee is paid for as the series. While what was paid still gives an attempt, that payment
    is given back; when all are used, a new one is charged.
    """
    row = exam_row(code)
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    paid_as = fee_code(row.code)
    price = price_in_force(f"exam:{paid_as}", now.date())
    if price is None or row.in_force_id is None:
        raise Refused("no_price", "The exam is not on sale yet.")
    found = exam(code)
    first = before_the_fee(reasons_against(actor.person_id, found))
    if first:
        raise Refused("fee_too_early", "You pay once you may sit the exam. What comes first:", first)
    last = max(payments(actor.person_id, paid_as), default=0)
    again = pays_again(found, entitled_to(actor.person_id, found)[0])
    number = last + 1 if again else max(last, 1)
    return charge(
        actor=actor,
        learner_id=actor.person_id,
        subject=f"exam:{paid_as}" + (f"#{number}" if number > 1 else ""),
        amount=price,
        now=now,
        institution=row.institution,
    )


def _check(rule: Entitlement, today: date) -> None:
    wrong = {}
    if rule.valid_from < today:
        words = Phrase("Choose today or a later day. Who registered before keeps the rule of that day.")
        wrong["valid_from"] = Sentence("past_day", words)
    if rule.attempts is not None and not 1 <= rule.attempts <= MOST_ATTEMPTS:
        words = Phrase("Enter 1 to {most}, or leave it empty for every attempt.")
        wrong["attempts"] = Sentence("out_of_range", words, most=MOST_ATTEMPTS)
    if not 0 <= rule.cool_off_days <= MOST_COOL_OFF:
        wrong["cool_off_days"] = Sentence("out_of_range", Phrase("Enter 0 to {most}."), most=MOST_COOL_OFF)
    if wrong:
        raise Invalid(wrong)
