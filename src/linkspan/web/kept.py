"""Credentials of others that a person keeps here: put in by hand or by an application, checked, removed."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.credentials import actions, queries
from linkspan.credentials.rules import LARGEST_KEPT
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, signed_in, text, upload


class KeptAct(StrEnum):
    """What is done with one of them."""

    REMOVE = "remove"


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """What is kept, and a form to keep more; a refusal stands at the field."""
    shown: dict[str, Any] = {"rows": queries.kept_credentials(request.actor)}
    if request.method != "POST":
        return render(request, "kept.html", shown)
    typed = request.POST.get("credential", "")[:LARGEST_KEPT]
    shown |= {"typed": typed, "at": "credential" if typed.strip() else "file"}
    try:
        pasted = text(request, "credential", LARGEST_KEPT)
        content = pasted.encode() if pasted else upload(request, "file", largest=LARGEST_KEPT)
        put = actions.keep_credential(actor=request.actor, content=content, now=max(real_now(), request.now))
    except (Refused, Unusable) as error:
        return render(request, "kept.html", {**shown, "problem": in_words(error)}, status=error.status)
    words = _("It is kept.") if put.is_new else _("It was here already. The newer one stands.")
    return done(request, words, "kept-mine")


@signed_in
@acts(KeptAct)
def one(request: Request, kept_id: UUID, do: KeptAct | None = None) -> HttpResponseBase:
    """One of them with the verdict about it; a post removes it."""
    if do is KeptAct.REMOVE:
        actions.remove_kept(actor=request.actor, kept_id=kept_id, now=request.now)
        return done(request, _("It is removed."), "kept-mine")
    row, content = queries.kept_credential(request.actor, kept_id)
    now = max(real_now(), request.now)
    verdict = actions.check_credential(document=content.encode(), now=now)
    return render(request, "kept_one.html", {"row": row, "verdict": verdict})


@signed_in
def file(request: Request, kept_id: UUID) -> HttpResponseBase:
    """The credential as it came, to the byte."""
    row, content = queries.kept_credential(request.actor, kept_id)
    kind, ending = ("application/vc+jwt", "jwt") if row.is_token else ("application/vc", "json")
    answer = HttpResponse(content.encode(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="credential-{row.id}.{ending}"'
    return answer
