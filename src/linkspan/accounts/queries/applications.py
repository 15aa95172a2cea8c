"""Reads of applications of others that people let into their credentials."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from oauthlib.oauth2.rfc6749 import errors

from linkspan.accounts.engines.authorisation import authorisation_server, hashed, standing
from linkspan.accounts.models import ApplicationRow, ConnectionTokenRow
from linkspan.accounts.queries.doors import entering
from linkspan.accounts.rules.applications import Application, Asked, LetIn, SentBack
from linkspan.accounts.rules.tokens import limited
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Unusable
from linkspan.kernel.readers import by_secret, public


def unsafe() -> Unusable:
    """Why nothing is sent to an address: it, or the application, is not one that is registered here."""
    return Unusable(
        "authorisation_unsafe",
        "This link does not belong to an application that is registered here, so nothing was sent to it. Go back to "
        "the application and connect it anew.",
    )


@public
def what_is_asked(address: str, at: datetime) -> Asked | SentBack:
    """What an application asks a person for by that address, or where the browser goes back to with what is wrong.

    Unusable (`authorisation_unsafe`) where nothing may be sent back.
    """
    try:
        with transaction.atomic():
            scopes, told = authorisation_server(at).validate_authorization_request(address)
    except errors.FatalClientError as error:
        raise unsafe() from error
    except errors.OAuth2Error as error:
        return SentBack(error.in_uri(error.redirect_uri))
    except ValueError as error:  # an address that is no form
        raise unsafe() from error
    row: ApplicationRow = told["request"].client
    return Asked(_application(row), tuple(scopes), urlsplit(told["redirect_uri"]).netloc, told["redirect_uri"])


def _application(row: ApplicationRow) -> Application:
    told = row.addresses
    return Application(row.client_id, row.name, told["client_uri"], told["tos_uri"], told["policy_uri"])


def let_in_by(actor: Actor) -> tuple[LetIn, ...]:
    """The applications that the actor lets in, newest first."""
    rows = standing(real_now()).filter(user_id=actor.own_id).select_related("application").order_by("-made_at", "id")
    return tuple(
        LetIn(
            row.id,
            row.application.name,
            urlsplit(row.redirect_uri).netloc,
            tuple(row.scopes),
            row.made_at,
            row.last_used_at,
        )
        for row in rows
    )


@by_secret
def admitted_by_token(token: str) -> tuple[Actor, frozenset[str], str] | None:
    """Who let in the application that holds this access token, for what, and its name; None if it is not good.

    The person comes without roles: an application is let into what they hold, not into their work.
    """
    now = real_now()
    rows = ConnectionTokenRow.objects.select_related("connection__user", "connection__application")
    good = rows.filter(token_sha256=hashed(token), renews=False, ends_at__gt=now)
    row = good.filter(connection__in=standing(now)).first()
    if row is None:
        return None
    connection = row.connection
    return limited(entering(connection.user), ()), frozenset(row.scopes), connection.application.name
