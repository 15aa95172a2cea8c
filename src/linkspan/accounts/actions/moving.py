"""What of an account moves by no rule of a table: ways to sign in, and consents."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import transaction

from linkspan.accounts.events import ConsentRevoked
from linkspan.accounts.models import Consent, ScimUserRow, User
from linkspan.accounts.queries.merging import consents_ending
from linkspan.kernel import outbox


@transaction.atomic
def move_ways_in(stays: User, ends: User) -> None:
    """Confirmed addresses and sign-ins of institutions move; second factors, passkeys and tokens go.

    Where both sign in by one institution, the sign-in of the account that stays is kept.
    """
    confirmed = list(EmailAddress.objects.filter(user=ends, verified=True))
    EmailAddress.objects.filter(user=stays, email__in=[one.email for one in confirmed]).delete()
    EmailAddress.objects.filter(user=ends, verified=True).update(user=stays, primary=False)
    EmailAddress.objects.filter(user=ends).delete()
    SocialToken.objects.filter(account__user=ends).delete()
    providers = SocialAccount.objects.filter(user=stays).values("provider")
    SocialAccount.objects.filter(user=ends).exclude(provider__in=providers).update(user=stays)
    SocialAccount.objects.filter(user=ends).delete()
    Authenticator.objects.filter(user=ends).delete()
    # What a directory says goes on to reach whoever has the roles: a leaver leaves under either address.
    known = ScimUserRow.objects.filter(user=stays).values("institution")
    ScimUserRow.objects.filter(user=ends).exclude(institution__in=known).update(user=stays)


@transaction.atomic
def end_consents(old: UUID, new: UUID, now: datetime) -> None:
    """End the consents that would show more than they were given for; then all are the person's who stays."""
    for row in consents_ending(old, new, now):
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        outbox.publish(ConsentRevoked(row.learner_id, row.id, row.institution), now=now)
    Consent.objects.filter(learner_id=old).update(learner_id=new)
