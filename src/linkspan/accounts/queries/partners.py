"""Reads of partners, and what a partner reads of who signed in."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Count, Q

from linkspan.accounts.engines.authorisation import hashed, standing
from linkspan.accounts.engines.identity_tokens import public_token_key, subject_of
from linkspan.accounts.models import ApplicationRow, ConnectionTokenRow, OpenIdKeyRow
from linkspan.accounts.rules.partners import Partner, PartnerScope, may_manage_partners
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import by_secret, public


def partners(actor: Actor, institution: str, at: datetime) -> tuple[Partner, ...]:
    """The partners of an institution, newest first, those whose access ended included."""
    permit(may_manage_partners(actor, institution), "decide to whom people of this institution sign in")
    letting = Count("connections__user", filter=Q(connections__in=standing(at)), distinct=True)
    rows = ApplicationRow.objects.filter(partner_of=institution).annotate(letting=letting)
    return tuple(
        Partner(
            row.id,
            row.partner_of,
            row.name,
            row.addresses["host"],
            row.client_id,
            tuple(row.redirect_uris),
            row.addresses["policy_uri"],
            tuple(row.scopes),
            row.registered_at,
            row.ended_at,
            row.letting,
        )
        for row in rows.order_by("-registered_at", "-id")
    )


@public
def openid_keys() -> list[dict[str, object]]:
    """The public keys by which ID tokens are checked, newest first."""
    rows = OpenIdKeyRow.objects.order_by("-made_at", "-id")
    return [public_token_key(storage.opened(row.secret)) for row in rows]


@by_secret
def claims_by_token(token: str, at: datetime) -> dict[str, object] | None:
    """What a partner that holds this access token may know of who signed in; None if it is not good for that."""
    rows = ConnectionTokenRow.objects.select_related("connection__user", "connection__application")
    good = rows.filter(token_sha256=hashed(token), renews=False, ends_at__gt=at, thumbprint="")
    row = good.filter(connection__in=standing(at), connection__application__ended_at=None).first()
    if row is None or PartnerScope.OPENID not in row.scopes:
        return None
    person = row.connection.user
    told: dict[str, object] = {"sub": subject_of(row.connection.application, person.id)}
    if PartnerScope.PROFILE in row.scopes and person.name:
        told["name"] = person.name
    if PartnerScope.EMAIL in row.scopes:
        held = EmailAddress.objects.filter(user=person, email__iexact=person.email, verified=True)
        return {**told, "email": person.email, "email_verified": held.exists()}
    return told
