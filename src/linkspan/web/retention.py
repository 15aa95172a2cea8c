"""For how long each kind of data is kept here, what is due to go, and what went last; for operators."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from linkspan.kernel import retention
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, signed_in


class RetentionAct(StrEnum):
    """What an operator does beside the clock."""

    APPLY = "apply"


@signed_in
@acts(RetentionAct)
def overview(request: Request, do: RetentionAct | None = None) -> HttpResponse:
    """Each kind with its days and bounds; a post removes what is due at once."""
    if do is RetentionAct.APPLY:
        found = retention.apply(actor=request.actor, now=request.now)
        number = sum(found.done)
        words = ngettext("{n} entry is gone.", "{n} entries are gone.", number).format(n=number)
        failed = sorted({in_words(failure) for failure in found.failed})
        return done(request, " ".join([words, *failed]), "retention-overview")
    return render(request, "desk/retention.html", {"rows": retention.standing(request.actor, request.now)})
