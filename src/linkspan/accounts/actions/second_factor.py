"""A second factor is taken away from somebody who lost it."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F

from linkspan.accounts.models import User
from linkspan.accounts.rules.access import LONGEST_REASON, may_end_account
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit


@transaction.atomic
def reset_second_factor(*, actor: Actor, person_id: UUID, why: str, now: datetime) -> None:
    """Take passkeys, authenticator app and recovery codes away, with sign-ins and tokens; roles that decide wait again.

    For operators, who have checked who asks; nobody does it to themselves.
    """
    permit(may_end_account(actor, person_id), "reset this person's second factor")
    if not why.strip() or len(why) > LONGEST_REASON:
        raise Unusable(
            "reason_missing", "Reason: write why, in up to {longest_reason} characters.", longest_reason=LONGEST_REASON
        )
    gone, _ = Authenticator.objects.filter(user_id=person_id).delete()
    if not gone:
        raise Refused("no_second_factor", "This person has no second factor.")
    User.objects.filter(id=person_id).update(sign_ins_ended=F("sign_ins_ended") + 1)
    subject = f"accounts.user:{person_id}"
    audit.record(actor=actor, verb="reset_second_factor", subject=subject, now=now, why=why.strip())
