"""Tuition that waivers forgo, posted and turned."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.ledger import post
from linkspan.finance.models import JournalEntryRow
from linkspan.finance.queries import forgone_for, forgone_under
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.money import Money


@transaction.atomic
def post_forgone_tuition(
    *, actor: Actor, learner_id: UUID, agreement_id: str, amount: Money, reference: str, now: datetime, cohort: str = ""
) -> None:
    """Post tuition forgone by a waiver under an agreement, for the cohort (the term joined), once per reference."""
    permit(actor.is_system or any(g.role == "registrar" for g in actor.grants), "post forgone tuition")
    post(f"forgone:{reference}", learner_id, f"agreement:{agreement_id}", rules.for_forgone(amount), now, cohort)
    subject = f"finance.learner:{learner_id}"
    after = {"agreement": agreement_id, "amount": amount}
    audit.record(actor=actor, verb="post_forgone_tuition", subject=subject, now=now, after=after)


@transaction.atomic
def reverse_forgone_tuition(*, actor: Actor, reference: str, now: datetime) -> None:
    """Post the opposite of all that is forgone under a reference, when the awards behind it are reversed."""
    permit(actor.is_system or any(g.role == "registrar" for g in actor.grants), "reverse forgone tuition")
    left = forgone_for(reference)
    entry = JournalEntryRow.objects.filter(forgone_under(reference)).order_by("at", "id").first()
    if entry is None or left is None or not left.minor:
        return
    earlier = JournalEntryRow.objects.filter(reference__startswith=f"forgone-reversed:{reference}").count()
    name = f"forgone-reversed:{reference}" + (f":{earlier}" if earlier else "")
    post(name, entry.learner_id, entry.subject, rules.for_forgone(-left), now, entry.cohort)
