"""Sign-in links of the demo, one for each person of the story. They exist only where LINKSPAN_DEMO is set."""

from functools import partial

from django.contrib.auth import get_user_model, login
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from linkspan.kernel.errors import NotFound

#: Where the links lie; outside of the demo nothing does.
PLACE = "demo/sign-in/"
GOOD_FOR_SECONDS = 30 * 86400
signer = partial(TimestampSigner, salt="linkspan.demo")


def link_for(email: str) -> str:
    """The path that signs this person in."""
    return f"/{PLACE}{signer().sign(email)}/"


def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign the person in and show their first page."""
    try:
        email = signer().unsign(token, max_age=GOOD_FOR_SECONDS)
    except BadSignature as error:
        raise NotFound("link_unknown", "This sign-in link is not valid any more. Start the demo again.") from error
    user = get_user_model().objects.filter(email=email).first()
    if user is None:
        raise NotFound("person_unknown", "There is no such person in this demo.")
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("desks-desk" if user.role_grants.exists() else "enrolment-dashboard")
