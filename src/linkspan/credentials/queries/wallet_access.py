"""What an access token of a wallet opens, whichever way it came, and which credential is meant by a request."""

from datetime import datetime

from django.db.models import QuerySet

from linkspan.accounts.queries import wallet_access
from linkspan.credentials.models import AwardRow, CredentialRow, WalletOfferRow, WalletTokenRow
from linkspan.credentials.queries.places import wallet_places
from linkspan.credentials.rules import AwardState, CredentialState, IssueKind
from linkspan.credentials.rules.wallets import Access, Wanted, name_of, secret_digest
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.readers import by_secret, granted
from linkspan.vc import openid4vci

FORMS = frozenset({openid4vci.BADGE, openid4vci.SELECTIVE})


@by_secret
def opened(institution: str, token: str, thumbprint: str, at: datetime) -> Access:
    """What the token opens at an institution; NotPermitted (`invalid_token`) if nothing, or not with that key."""
    held = WalletTokenRow.objects.filter(
        token_sha256=secret_digest(token),
        thumbprint=thumbprint,
        expires_at__gt=at,
        offer__credential__institution=institution,
    )
    row = held.select_related("offer__credential").first()
    if row is not None:
        one = row.offer.credential
        return Access(row.id, one.learner_id, institution, FORMS, True, one.id, False)
    found = wallet_access(token, thumbprint, at)
    if found is None or found.wish.issuer not in ("", wallet_places(institution).issuer):
        raise NotPermitted("invalid_token", "The access token is wrong or too old. Make a new offer.")
    wish, credential_id = found.wish, None
    if wish.offer_sha256:
        offers = WalletOfferRow.objects.filter(state_sha256=wish.offer_sha256, credential__institution=institution)
        offer = offers.filter(credential__learner_id=found.learner_id).first()
        if offer is None:
            raise NotPermitted("invalid_token", "The offer is void, or was made to somebody else. Make a new offer.")
        credential_id = offer.credential_id
    return Access(
        found.connection_id,
        found.learner_id,
        institution,
        found.scopes,
        False,
        credential_id,
        wish.by_details,
        found.application,
    )


@granted
def within(access: Access) -> QuerySet[CredentialRow]:
    """The credentials that an access opens, newest first."""
    rows = CredentialRow.objects.filter(learner_id=access.learner_id, institution=access.institution)
    if access.credential_id is not None:
        return rows.filter(id=access.credential_id)
    badges = rows.exclude(kind=IssueKind.TRANSCRIPT)
    return badges.filter(state=CredentialState.ACTIVE).order_by("-awarded_at", "id")


@granted
def names_within(access: Access) -> dict[str, list[str]]:
    """The names of what an access opens, by form (`credential_identifiers`); of what waits for a decision too."""
    ids = [*within(access).values_list("id", flat=True), *_awaited(access).values_list("id", flat=True)]
    return {form: [name_of(form, one) for one in ids] for form in sorted(access.forms)}


@granted
def meant(access: Access, wanted: Wanted) -> tuple[str, CredentialRow | AwardRow]:
    """The form and the credential that a request means, or the award that waits for a decision.

    Unusable `unknown_credential_configuration`, `unknown_credential_identifier`, `invalid_credential_request`; Refused
    (`credential_request_denied`) where there is nothing.
    """
    if bool(wanted.form) == bool(wanted.name) or (access.by_name and not wanted.name):
        raise Unusable(
            "invalid_credential_request",
            "Name one of credential_configuration_id and credential_identifier: the latter where you were told some.",
        )
    if wanted.name:
        form, named = _by_name(access, wanted.name)
        return form, named
    if wanted.form not in access.forms:
        raise Unusable(
            "unknown_credential_configuration", "{configuration} is not offered.", configuration=repr(wanted.form)
        )
    found = within(access).first() or _awaited(access).first()
    if found is None:
        raise Refused("credential_request_denied", "The holder has no credential of this institution.")
    return wanted.form, found


def _by_name(access: Access, name: str) -> tuple[str, CredentialRow | AwardRow]:
    for rows in (within(access), _awaited(access)):
        for row in rows:
            for form in access.forms:
                if name == name_of(form, row.id):
                    return form, row
    raise Unusable("unknown_credential_identifier", "There is no such credential for this access.")


def _awaited(access: Access) -> QuerySet[AwardRow]:
    """Awards that another person has yet to decide; an offer is of what is there."""
    rows = AwardRow.objects.filter(
        learner_id=access.learner_id, institution=access.institution, state=AwardState.WAITING
    )
    return rows.none() if access.credential_id is not None else rows.order_by("-prepared_at", "id")
