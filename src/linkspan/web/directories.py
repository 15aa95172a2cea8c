"""The directory of an institution: tokens by which it tells who is on the staff, and the roles of its groups."""

from enum import StrEnum

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts import actions
from linkspan.accounts.queries import scim_groups_told, scim_mappings, scim_tokens
from linkspan.accounts.rules import Role, ScimScope
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, identifier, shown_once, signed_in, text


class DirectoryAct(StrEnum):
    """What is done to an institution's directory."""

    MAKE = "make"
    REVOKE = "revoke"
    MAP = "map"
    UNMAP = "unmap"


@signed_in
@acts(DirectoryAct)
def directory(request: Request, school: str, do: DirectoryAct | None = None) -> HttpResponse:
    """The tokens and groups of a directory; a new token is shown once. What was typed is kept if it is refused."""
    token, error, status = "", "", 200
    if do is not None:
        try:
            token, said = _do(request, do, school)
            if not token:
                return done(request, said, request.path)
        except (Unusable, Refused) as no:
            error, status = in_words(no), no.status
    shown = {
        "school": school,
        "token": token,
        "error": error,
        "fields": request.POST if error else {},
        "place": f"{settings.BASE_URL.rstrip('/')}/scim/v2",
        "rows": scim_tokens(request.actor, school),
        "mappings": scim_mappings(request.actor, school),
        "groups": scim_groups_told(request.actor, school),
        "roles": [role for role in Role if role not in {Role.OPERATOR, Role.AUDITOR}],
    }
    if token:
        return shown_once(request, "desk/directory.html", shown)
    return render(request, "desk/directory.html", shown, status=status)


def _do(request: Request, do: DirectoryAct, school: str) -> tuple[str, str]:
    """A new token, or nothing and what was done."""
    actor, now = request.actor, request.now
    if do is DirectoryAct.MAKE:
        scopes = [ScimScope.READ, *([ScimScope.WRITE] if text(request, "scope", 20) != ScimScope.READ else [])]
        name = text(request, "name", 100)
        _held, token = actions.make_scim_token(actor=actor, institution=school, name=name, scopes=scopes, now=now)
        return token, ""
    if do is DirectoryAct.REVOKE:
        held = identifier(text(request, "token", 64), NotFound("token_unknown", "There is no such token."))
        actions.revoke_scim_token(actor=actor, token_id=held, now=now)
        return "", _("Its access has ended.")
    role = text(request, "role", 32) if do is DirectoryAct.MAP else ""
    actions.map_group(actor=actor, institution=school, group=text(request, "group", 255), role=role, now=now)
    return "", _("Saved.")
