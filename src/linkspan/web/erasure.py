"""Erase a person from the audit trail: first what would go and what stays and why, then the erasure."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy, ngettext

from linkspan.accounts.actions import erase_by_email
from linkspan.accounts.rules import Keeping, may_erase_from_trail, why_kept
from linkspan.kernel.errors import permit
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, signed_in, text

REASONS = {
    Keeping.MONEY: gettext_lazy("Law has the books of money kept."),
    Keeping.RELIED_ON: gettext_lazy("Others rely on it: schools, employers, and whoever checks a credential."),
    Keeping.OTHERS: gettext_lazy("It is not theirs alone: other people have a part in it."),
}


class ErasureAct(StrEnum):
    """What an operator does with the form."""

    TRY = "try"
    ERASE = "erase"


@signed_in
@acts(ErasureAct)
def erase(request: Request, do: ErasureAct = ErasureAct.TRY) -> HttpResponse:
    """Show what would go and stay; erase it when it was looked at."""
    permit(may_erase_from_trail(request.actor), "erase people from the trail")
    if request.method != "POST":
        return render(request, "desk/erasure.html")
    email, ground = text(request, "email", 254), text(request, "ground", 500)
    trying = do is ErasureAct.TRY
    found = erase_by_email(actor=request.actor, email=email, ground=ground, now=request.now, dry_run=trying)
    if trying:
        told = {"found": found, "gone": sorted(found.gone.items()), "email": email, "ground": ground}
        told["kept"] = [(kind, count, REASONS[why_kept(kind)]) for kind, count in sorted(found.kept.items())]
        return render(request, "desk/erasure.html", told)
    words = ngettext("The name is erased in {n} entry.", "The name is erased in {n} entries.", found.names)
    and_words = ngettext("The words of {n} entry are erased.", "The words of {n} entries are erased.", found.words)
    return done(request, f"{words.format(n=found.names)} {and_words.format(n=found.words)}", "erasure-erase")
