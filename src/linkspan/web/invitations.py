"""An invitation to a role: the link in the mail leads here; it is taken once."""

from django.contrib.auth import get_user_model, login
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts import actions
from linkspan.accounts.queries import offer
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import done, sign_in_address, text

PASSWORD_LONGEST = 200


def invitation(request: Request, token: str) -> HttpResponse:
    """What is offered; a post takes it, with a new account where the address has none."""
    found = offer(token, request.now)
    told = {"found": found.invitation, "known": found.known, "sign_in": sign_in_address(request)}
    if request.method != "POST":
        return render(request, "invitation.html", told)
    if request.actor.person_id is not None:
        actions.accept_invitation(actor=request.actor, token=token, now=request.now)
        return done(request, _("You have the role. Your desk shows what you can do."), "desks-desk")
    name, password = text(request, "name", 200), request.POST.get("password", "")[: PASSWORD_LONGEST + 1]
    try:
        if password != request.POST.get("again", ""):
            raise Unusable("passwords_differ", _("Passwords: the two differ. Type the same one twice."))
        if len(password) > PASSWORD_LONGEST:
            raise Unusable("password_unusable", _("Password: write up to 200 characters."))
        made = actions.join_by_invitation(token=token, name=name, password=password, now=request.now)
    except Unusable as error:
        errors = error.reasons or (in_words(error),)
        return render(request, "invitation.html", told | {"errors": errors, "name": name}, status=422)
    user = get_user_model().objects.get(id=made)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return done(request, _("You have the role. Your desk shows what you can do."), "desks-desk")
