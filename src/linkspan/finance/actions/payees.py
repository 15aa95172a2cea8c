"""Say who is paid at an institution."""

from datetime import datetime

from django.db import transaction

from linkspan.finance.models import PayeeRow
from linkspan.finance.rules import Payee, checked_payee, may_set_payee
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


@transaction.atomic
def set_payee(*, actor: Actor, payee: Payee, now: datetime) -> None:
    """Say who is paid at an institution, how and within how many days; the same again changes nothing.

    What was charged before is told by the new words; documents that were issued keep theirs.
    """
    permit(may_set_payee(actor, payee.institution), "say who is paid here")
    checked_payee(payee)
    fields = {
        "name": payee.name.strip(),
        "address": payee.address.strip(),
        "account": payee.account.strip(),
        "bank": payee.bank.strip(),
        "instructions": payee.instructions.strip(),
        "days_to_pay": payee.days_to_pay,
        "second_person": payee.second_person,
    }
    held = PayeeRow.objects.select_for_update().filter(institution=payee.institution).values(*fields).first()
    if held == fields:
        return
    PayeeRow.objects.update_or_create(institution=payee.institution, defaults=fields)
    subject = f"finance.payee:{payee.institution}"
    audit.record(
        actor=actor,
        verb="set_payee",
        subject=subject,
        now=now,
        before=held,
        after=fields,
        institution=payee.institution,
    )
