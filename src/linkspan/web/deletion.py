"""Delete my account: first what goes, what stays and why, and when; then a while to think it over."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from linkspan.accounts import actions
from linkspan.accounts.queries import prospect
from linkspan.accounts.rules import HeldTable
from linkspan.kernel.fates import Ground
from linkspan.kernel.request import Request
from linkspan.web.pages import VERB, View, acts, done, signed_in
from linkspan.web.personal import USES


class DeletionAct(StrEnum):
    """What a person does about the deletion of their account."""

    ASK = "ask"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why something stays, and where the law says so."""

    why: Promise
    law: str


GROUNDS: Mapping[Ground, Basis] = {
    Ground.MONEY: Basis(gettext_lazy("Law has the books of money kept."), "GDPR 17(3)(b)"),
    Ground.RELIED_ON: Basis(gettext_lazy("Others rely on it: schools, employers."), "GDPR 17(3)(b), (d)"),
    Ground.DECIDED: Basis(gettext_lazy("A person decided on it, and can be asked why."), "GDPR 17(3)(e)"),
    Ground.DISCLOSED: Basis(gettext_lazy("Law has it kept who was shown it."), "34 CFR 99.32, GDPR 17(3)(b)"),
    Ground.ACCOUNT: Basis(gettext_lazy("An empty account, to which the rest belongs."), "GDPR 11"),
    Ground.TRAIL: Basis(gettext_lazy("Acts and times without your name: the chain rests on them."), "GDPR 17(3)(e)"),
    Ground.ANSWERED: Basis(gettext_lazy("Others answered: your words and name go, theirs stay."), "GDPR 17(3)(a)"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page: a kind of things, how many entries, and why they stay if they do."""

    what: Promise
    entries: int
    basis: Basis | None


def _asks(request: HttpRequest) -> bool:
    return request.POST.get(VERB) == DeletionAct.ASK


_signed_in_anew: Callable[[View], View] = reauthentication_required(allow_get=True, enabled=_asks)


@signed_in
@acts(DeletionAct)
@_signed_in_anew
def mine(request: Request, do: DeletionAct | None = None) -> HttpResponse:
    """Show what deleting my account does; ask for it after signing in anew, or keep the account."""
    person_id = request.actor.own_id
    if do is DeletionAct.ASK:
        actions.ask_deletion(actor=request.actor, person_id=person_id, reason="", now=request.now)
        return done(request, gettext("Your account will be deleted. You can keep it until then."), "deletion-mine")
    if do is DeletionAct.WITHDRAW:
        actions.withdraw_deletion(actor=request.actor, person_id=person_id, now=request.now)
        return done(request, gettext("Your account stays."), "deletion-mine")
    found = prospect(request.actor, person_id)
    lines = _lines(found.parts)
    told = {
        "gone": [line for line in lines if line.basis is None],
        "kept": [line for line in lines if line.basis is not None],
        "obstacles": found.waiting.held_by if found.waiting else found.obstacles,
        "waiting": found.waiting,
        "due_at": request.now + timedelta(days=settings.DELETION_DAYS),
    }
    return render(request, "deletion.html", told)


def _lines(parts: Iterable[HeldTable]) -> list[Line]:
    """The parts by use and ground, in the order of the uses."""
    found = Counter[tuple[int, Ground | None]]()
    for part in parts:
        (use,) = (number for number, one in enumerate(USES) if part.domain in one.domains)
        found[use, part.at_deletion.ground] += part.entries
    ordered = sorted(found.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    return [Line(USES[use].what, entries, GROUNDS[ground] if ground else None) for (use, ground), entries in ordered]
