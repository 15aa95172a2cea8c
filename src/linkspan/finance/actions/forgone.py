"""Tuition that waivers forgo, posted and turned."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.ledger import post
from linkspan.finance.models import JournalEntryRow
from linkspan.finance.rules import Posting
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
    """Post the opposite of an entry of forgone tuition, when the award behind it is reversed."""
    permit(actor.is_system or any(g.role == "registrar" for g in actor.grants), "reverse forgone tuition")
    entry = JournalEntryRow.objects.filter(reference=f"forgone:{reference}").first()
    if entry is None:
        return
    lines = tuple(Posting(rules.Account(row.account), Money(-row.minor, row.currency)) for row in entry.postings.all())
    post(f"forgone-reversed:{reference}", entry.learner_id, entry.subject, rules.balanced(lines), now, entry.cohort)
