"""Acts that cannot be undone: what would change is shown first, then confirmed; until it takes effect it is undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.institutions.queries import institutions
from linkspan.kernel.acts import (
    Act,
    Asked,
    Confirmed,
    Outdated,
    Planned,
    PlannedState,
    Preview,
    confirm,
    look,
    release,
    undo,
    waiting_here,
    waiting_on,
)
from linkspan.kernel.errors import Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.written import moment
from linkspan.web.act_words import chosen_of, words_of
from linkspan.web.pages import acts, done, identifier, names_of, post_only, signed_in, text

#: As many as are listed; all are counted.
MOST_LISTED = 500
#: What the page of the preview asks for itself.
OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "seen", "once", "reason", "number", "release"})
#: When an act that is planned for a day takes effect, by the clock of the school.
MORNING = time(9)


class Handle(StrEnum):
    """What is done with an act that waits for its time."""

    UNDO = "undo"
    RELEASE = "release"


def ask(
    request: Request,
    act: Act,
    *,
    subject: object,
    back: str,
    fields: Mapping[str, object] | None = None,
    after: Callable[[Planned], HttpResponse] | None = None,
    kept: Sequence[tuple[str, str]] | None = None,
) -> HttpResponse:
    """Show what an act would change; once that is confirmed, do it, and go on as `after` says or to `back`.

    The form of the preview sends `kept` again, by default all that was posted.
    """
    asked = Asked(request.actor, str(subject), dict(fields or {}), text(request, "reason", 2_000), request.now)
    posted = [(key, one) for key, values in request.POST.lists() if key not in OWN_FIELDS for one in values]
    shown = _Shown(act, asked, back, posted if kept is None else list(kept))
    if "once" not in request.POST:
        return _page(request, shown, look(act, asked))
    try:
        made = confirm(act, asked, _confirmed(request, act, asked))
    except Outdated as no:
        return _page(request, shown, no.preview, problem=in_words(no), status=409)
    except Unusable as no:
        return _page(request, shown, look(act, asked), problem=in_words(no), status=422)
    return after(made) if after else done(request, told_of(made), back)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The act that a page shows, the page behind it, and what its form sends again."""

    act: Act
    asked: Asked
    back: str
    kept: list[tuple[str, str]]


def told_of(made: Planned) -> str:
    """What has become of an act that was confirmed."""
    if made.state == PlannedState.DONE:
        return _("It is done.")
    if made.state != PlannedState.WAITING:
        return _("Nothing was changed.")
    at = moment(made.release_at, _zone(made.institution))
    return _("Confirmed. It takes effect at %(at)s. Until then you can undo it at your desk.") % {"at": at}


def _zone(code: str) -> ZoneInfo:
    return ZoneInfo(next((one.time_zone for one in institutions() if one.code == code), "UTC"))


def _confirmed(request: Request, act: Act, asked: Asked) -> Confirmed:
    number, day = text(request, "number", 10), text(request, "release", 10)
    again = Unusable("once_unusable", _("Open the page again."))
    return Confirmed(
        once=identifier(text(request, "once", 36), again),
        seen=text(request, "seen", 64),
        reason=asked.reason,
        number=int(number) if number.isascii() and number.isdigit() else None,
        release_at=_release(day, act, asked) if day else None,
    )


def _release(day: str, act: Act, asked: Asked) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), MORNING, _zone(act.school(asked.subject)))
    except ValueError:
        raise Unusable("date_unusable", _("Takes effect on: enter a day such as 2027-01-15.")) from None


def _page(request: Request, shown: _Shown, preview: Preview, *, problem: str = "", status: int = 200) -> HttpResponse:
    act, asked = shown.act, shown.asked
    name, follows = words_of(act.name, chosen_of(asked.fields))
    ids = {change.learner_id for change in preview.changes[:MOST_LISTED] if change.learner_id}
    left = [(_id(one.one), one.reason) for one in preview.left]
    ids |= {one for one, _reason in left[:MOST_LISTED] if one}
    told = {
        "act": act,
        "name": name,
        "follows": follows,
        "preview": preview,
        "changes": preview.changes[:MOST_LISTED],
        "more": max(len(preview.changes) - MOST_LISTED, 0),
        "people": len(preview.people),
        "left": left,
        "names": {} if act.own else names_of(request, ids),
        "kept": shown.kept,
        "once": text(request, "once", 36) if problem and status != 409 else new_id(),
        "waits": waiting_on(act.name, asked.subject),
        "problem": problem,
        "typed": request.POST,
        "back": shown.back,
    }
    return render(request, "act.html", told, status=status)


def _id(one: str) -> UUID | None:
    try:
        return UUID(one)
    except ValueError:
        return None


def waiting(request: Request) -> list[dict[str, object]]:
    """The acts that wait for their time, as the desk shows them."""
    found = waiting_here(request.actor)
    mine = request.actor.person_id
    return [{"act": one, "name": words_of(one.act, "")[0], "own": one.person_id == mine} for one in found]


@post_only
@signed_in
@acts(Handle)
def handle(request: Request, planned_id: UUID, do: Handle) -> HttpResponse:
    """Undo an act that has not taken effect, or let it take effect now."""
    if do is Handle.UNDO:
        undo(actor=request.actor, planned_id=planned_id, now=request.now)
        return done(request, _("It is undone: nothing was changed."), "desks-desk")
    made = release(actor=request.actor, planned_id=planned_id, now=request.now)
    if made.state == PlannedState.LAPSED:
        return done(
            request, _("What you saw was changed meanwhile, so nothing was done. Look at it again."), "desks-desk"
        )
    return done(request, told_of(made), "desks-desk")
