"""Applications: the learner's side, and what staff do to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linkspan.admissions import actions
from linkspan.admissions.queries import beside
from linkspan.admissions.rules import State, read_score
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.ids import number_of
from linkspan.kernel.request import Request
from linkspan.screens.application import ApplicationScreen, application_screen
from linkspan.web.acts import ask, told_of
from linkspan.web.lists import asked
from linkspan.web.pages import AppealEnd, acts, done, identifier, post_only, signed_in, text, ticked


class Answer(StrEnum):
    """What applicants do with their application."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DEFER = "defer"
    WAIVER = "waiver"
    APPEAL = "appeal"


class Decide(StrEnum):
    """What staff do with an application."""

    SCORE = "score"
    ADMIT = "admit"
    REFUSE = "refuse"
    PROVISIONAL = "provisional"
    WAIVE = "waive"
    KEEP_FEE = "keep_fee"
    JOIN = "join"


#: What is said of some states in a whole sentence; the others have one word.
VERDICTS: Mapping[State, Promise] = {
    State.NO_SEAT: gettext_lazy("Admissible, without a seat"),
    State.NOT_NEEDED: gettext_lazy("Another of your choices has a seat for you"),
    State.ON_HOLD: gettext_lazy("A person looks at your case first; you are neither admitted nor refused"),
    State.INCOMPLETE: gettext_lazy("Evidence is missing; this is no refusal"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document or letter as the page shows it."""

    id: UUID
    title: str
    address: str
    picture: bool


@signed_in
def application(request: Request, application_id: UUID) -> HttpResponse:
    """One application: the decision with its reasons, and where else the credential leads; its file for the office."""
    screen = application_screen(request.actor, application_id, request.now)
    verdict = VERDICTS.get(screen.state)
    told: dict[str, object] = {"application": screen, "verdict": verdict, "number": number_of(screen.id)}
    told |= {"shown": _shown(request, screen), "kept": _kept(request)}
    if screen.office:
        told |= _file(request, screen)
    return render(request, "application.html", told)


def _file(request: Request, screen: ApplicationScreen) -> dict[str, object]:
    """What the office reads besides: who applied, their record, and the applications before and after."""
    opened = actions.open_file(actor=request.actor, application_id=screen.id, now=request.now)
    return {
        "opened": opened,
        "parts": (opened.record or {}).keys(),
        "beside": beside(request.actor, screen.id, screen.to.round_id, asked(request)),
    }


def _shown(request: Request, screen: ApplicationScreen) -> Paper | None:
    """The document or letter that the address asks to be shown in the page, if it came with this application."""
    wanted = request.GET.get("shown", "")
    for one in screen.documents:
        if str(one.id) == wanted:
            address = reverse("application_form-document", args=[one.id])
            return Paper(one.id, f"{one.slot}: {one.name}", address, one.media_type.startswith("image/"))
    for letter in screen.letters if screen.office else ():
        if str(letter.id) == wanted and letter.received_at:
            title = _("Letter of %(who)s") % {"who": letter.name}
            return Paper(letter.id, title, reverse("application_form-letter", args=[letter.id]), False)
    return None


def _kept(request: Request) -> str:
    """The list that the officer works through, as the address says it."""
    kept = request.GET.copy()
    kept.pop("shown", None)
    return kept.urlencode()


@post_only
@signed_in
@acts(Answer)
def answer(request: Request, application_id: UUID, do: Answer) -> HttpResponse:
    """What applicants do with their application: accept, decline, withdraw, defer, ask for a waiver, appeal."""
    actor, now = request.actor, request.now
    if do in (Answer.WITHDRAW, Answer.ACCEPT, Answer.DECLINE):
        back = reverse("admissions-application", args=[application_id])
        return ask(request, actions.ANSWER, subject=application_id, fields={"choice": str(do)}, back=back)
    if do is Answer.DEFER:
        months = _number(request, "months", "Joining is deferred by whole years.")
        actions.defer_joining(actor=actor, application_id=application_id, months=months, now=now)
    elif do is Answer.WAIVER:
        actions.ask_waiver(actor=actor, application_id=application_id, reason=text(request, "reason"), now=now)
    else:
        actions.file_appeal(actor=actor, application_id=application_id, text=text(request, "text"), now=now)
    return done(request, _("Your answer is recorded."), "admissions-application", application_id)


@post_only
@signed_in
@acts(Decide)
def decide(request: Request, application_id: UUID, do: Decide) -> HttpResponse:
    """What staff do with an application: score, decide, admit provisionally, waive the fee, confirm joining."""
    actor, now, reason = request.actor, request.now, text(request, "reason")
    if do is Decide.SCORE:
        score = read_score(text(request, "score", longest=20))
        actions.record_score(actor=actor, application_id=application_id, score=score, now=now)
    elif do in (Decide.WAIVE, Decide.KEEP_FEE):
        grant = do is Decide.WAIVE
        actions.decide_waiver(actor=actor, application_id=application_id, grant=grant, reason=reason, now=now)
    else:
        return ask(
            request,
            actions.DECIDE,
            subject=application_id,
            fields={"choice": str(do)},
            back=_here(request, application_id),
            after=lambda made: _onward(request, application_id, told_of(made)),
        )
    return _onward(request, application_id)


def _here(request: Request, application_id: UUID) -> str:
    """The page of an application, in the list that the officer works through."""
    kept = QueryDict(text(request, "list", 2_000))
    here = reverse("admissions-application", args=[application_id])
    return f"{here}?{kept.urlencode()}" if kept else here


def _onward(request: Request, application_id: UUID, told: str = "") -> HttpResponse:
    """The next application of the list that the officer works through, or this one again; the list stays the same."""
    kept = QueryDict(text(request, "list", 2_000))
    here = reverse("admissions-application", args=[application_id])
    if told:
        messages.success(request, told)
    if ticked(request, "onward"):
        messages.success(request, _("Your decision is recorded. This is the next application."))
        unknown = NotFound("application_unknown", "There is no such application.")
        here = reverse("admissions-application", args=[identifier(text(request, "next", 36), unknown)])
    return redirect(f"{here}?{kept.urlencode()}" if kept else here)


@post_only
@signed_in
@acts(AppealEnd)
def appeal(request: Request, appeal_id: UUID, do: AppealEnd) -> HttpResponse:
    """Answer an appeal."""
    uphold, reason = do is AppealEnd.UPHOLD, text(request, "reason")
    answered = actions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=uphold, reason=reason, now=request.now
    )
    return done(request, _("The appeal is answered."), "admissions-application", answered.application_id)


def _number(request: Request, name: str, wanted: str) -> int:
    given = text(request, name, longest=6)
    if not (given.isascii() and given.isdigit()):
        raise Unusable("number_unusable", wanted)
    return int(given)
