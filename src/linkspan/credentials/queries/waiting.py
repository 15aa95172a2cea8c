"""What waits about credentials: awards to approve, suspensions to decide, offers that a wallet has not taken."""

from collections.abc import Iterable
from datetime import datetime

from linkspan.credentials.models import AwardRow, CredentialRow, WalletOfferRow
from linkspan.credentials.rules import AwardState, CredentialState
from linkspan.kernel.waiting import Open, What, Whose, part, together


def waits(whose: Whose, now: datetime) -> Iterable[Open]:
    """All that is prepared, suspended or offered, and not done."""
    awards = whose.of(AwardRow.objects.filter(state=AwardState.WAITING))
    suspended = whose.of(CredentialRow.objects.filter(state=CredentialState.SUSPENDED, state_changed_at__isnull=False))
    offers = WalletOfferRow.objects.filter(used_at=None, expires_at__gt=now)
    school = "credential__institution"
    return together(
        whose,
        part(What.APPROVE_AWARD, awards, title="title", but_not="prepared_by_id", since="prepared_at"),
        part(What.DECIDE_SUSPENSION, suspended, title="title", since="state_changed_at"),
        part(
            What.PICK_UP,
            whose.of(offers, "credential__learner_id", school),
            title="credential__title",
            institution=school,
            learner="credential__learner_id",
            since="expires_at",
            until="expires_at",
        ),
    )
