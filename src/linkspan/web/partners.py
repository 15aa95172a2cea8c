"""Partners of an institution, to which people sign in by their account here."""

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import OPTIONAL
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, identifier, shown_once, signed_in, text, texts


class PartnerAct(StrEnum):
    """What is done with partners."""

    REGISTER = "register"
    END = "end"


#: At which field of the form a refusal stands.
FIELDS = {
    "name_missing": "name",
    "redirects_unusable": "redirects",
    "privacy_unusable": "privacy",
    "reason_missing": "reason",
}


@signed_in
@acts(PartnerAct)
def partners(request: Request, school: str, do: PartnerAct | None = None) -> HttpResponse:
    """The partners of an institution; a new one's secret is shown once. What was typed is kept if it is refused."""
    shown: dict[str, Any] = {"school": school, "optional": OPTIONAL, "base": settings.BASE_URL}
    status = 200
    try:
        if do is PartnerAct.END:
            return _ended(request, school)
        if do is PartnerAct.REGISTER:
            shown["made"] = _registered(request, school)
    except NotFound:
        raise
    except LinkspanError as error:
        status = error.status
        ended = text(request, "partner", 40)
        at = f"reason-{ended}" if ended else FIELDS.get(error.code, "name")
        shown |= {"problem": in_words(error), "at": at, "ended": ended, "typed": request.POST}
        shown["chosen"] = request.POST.getlist("scope")
    shown["rows"] = queries.partners(request.actor, school, real_now())
    if "made" in shown:
        return shown_once(request, "desk/partners.html", shown)
    return render(request, "desk/partners.html", shown, status=status)


def _registered(request: Request, school: str) -> object:
    return actions.register_partner(
        actor=request.actor,
        institution=school,
        name=text(request, "name", 200),
        redirect_uris=text(request, "redirects", 6_000).splitlines(),
        privacy=text(request, "privacy", 500),
        scopes=texts(request, "scope", 3),
        reason=text(request, "reason", 2_000),
        at=real_now(),
        now=request.now,
    )


def _ended(request: Request, school: str) -> HttpResponse:
    unknown = NotFound("partner_unknown", "Your institution has no such partner.")
    held = identifier(text(request, "partner", 40), unknown)
    reason = text(request, "reason", 2_000)
    actions.end_partner(actor=request.actor, partner_id=held, reason=reason, at=real_now(), now=request.now)
    return done(request, _("Nobody signs in to it any more."), "partners-partners", school)
