"""A round is changed, prolonged, closed early or cancelled; what that does is shown before it is confirmed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import Round, may_open_round
from linkspan.kernel.errors import LinkspanError, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.acts import ask
from linkspan.web.opening import local, seats_given
from linkspan.web.pages import acts, signed_in, text

#: As a form shows and takes a time.
SHOWN = "%Y-%m-%dT%H:%M"


class Change(StrEnum):
    """What becomes of a round."""

    CHANGE = "change"
    CLOSE = "close"
    CANCEL = "cancel"


@signed_in
@acts(Change)
def change(request: Request, round_id: UUID, do: Change | None = None) -> HttpResponse:
    """The window and the seats of a round, to be changed, closed now or cancelled with a reason."""
    round_ = queries.round_by_id(round_id)
    permit(may_open_round(request.actor, round_.institution), "change this round")
    if do is None:
        return _form(request, round_)
    back = reverse("round_changes-change", args=[round_id])
    try:
        if do is Change.CANCEL:
            return ask(request, actions.CANCEL_ROUND, subject=round_id, back=back)
        fields = _asked(request, round_, do)
        return ask(request, actions.CHANGE_ROUND, subject=round_id, fields=fields, back=back)
    except Unusable as error:
        return _form(request, round_, in_words(error), error)


def _asked(request: Request, round_: Round, do: Change) -> dict[str, object]:
    """What is asked for; closing now is a closing at the round's opening, which is never before now."""
    if do is Change.CLOSE:
        return {"opens_at": round_.opens_at.isoformat(), "closes_at": _soonest(round_), "seats": round_.seats}
    zone = str(queries.zone_of_round(round_.id))
    return {
        "opens_at": _meant(local(text(request, "opens", 20), zone), round_.opens_at),
        "closes_at": _meant(local(text(request, "closes", 20), zone), round_.closes_at),
        "seats": seats_given(text(request, "seats", 12)),
    }


def _meant(given: datetime, held: datetime) -> str:
    """The time that is meant: what is held, to the second, where the form shows its minute unchanged."""
    return (held if given == held.replace(second=0, microsecond=0) else given).isoformat()


def _soonest(round_: Round) -> str:
    return datetime.fromtimestamp(round_.opens_at.timestamp() + 1, round_.opens_at.tzinfo).isoformat()


def _times(round_: Round) -> dict[str, str]:
    zone = queries.zone_of_round(round_.id)
    return {
        "opens": round_.opens_at.astimezone(zone).strftime(SHOWN),
        "closes": round_.closes_at.astimezone(zone).strftime(SHOWN),
    }


def _form(request: Request, round_: Round, problem: str = "", error: LinkspanError | None = None) -> HttpResponse:
    held = _times(round_) | {"seats": "" if round_.seats is None else str(round_.seats), "reason": ""}
    told = {
        "round": round_,
        "zone": queries.zone_of_round(round_.id),
        "typed": {name: request.POST.get(name, one) for name, one in held.items()},
        "problem": problem,
        "opened": round_.opens_at <= request.now,
        "closed": round_.closes_at <= request.now,
        "final": round_.certified_by or round_.decided_at or round_.cancelled_at,
    }
    return render(request, "desk/round_change.html", told, status=error.status if error else 200)
