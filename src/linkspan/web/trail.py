"""An entry of the trail before and after, a judgement and a matching done again, and a case as one file."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.admissions.queries import intake_of, match_runs, replayed_round
from linkspan.kernel import written
from linkspan.kernel.audit import Entry
from linkspan.kernel.ids import number_of
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.recognition import actions
from linkspan.screens.replay import Otherwise, replay_screen
from linkspan.screens.trail import trail_entry
from linkspan.web.pages import names_of, post_only, signed_in, text
from linkspan.web.tables import as_file
from linkspan.web.templatetags.linkspan import words

#: So many values of a list, and so long a text, are told; the whole stands for developers.
MOST_VALUES, LONGEST, LONGEST_CODE = 20, 300, 60
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
RUN = re.compile(r"course-v1:([^+]+)\+([^+]+)\+(.+)")
MACHINE = re.compile(r"\burn:|\bdid:|\bsystem:|://|[{}]|[0-9a-f]{24,}")


@signed_in
def entry(request: Request, position: int) -> HttpResponse:
    """One entry: who did what to what, why, before and after, and what of it can be judged again or exported."""
    screen = trail_entry(request.actor, position)
    found = screen.whole.entry
    told = {
        "screen": screen,
        "entry": found,
        "called": called(found),
        "kind": found.subject.partition(":")[0],
        "changes": [(one.name, value_told(one.before), value_told(one.after)) for one in screen.whole.changes],
        "beside": screen.whole.beside,
        "raw": json.dumps(jsonable(found), ensure_ascii=False, indent=1),
    }
    return render(request, "desk/trail_entry.html", told)


@signed_in
def replay(request: Request, audit_id: UUID) -> HttpResponse:
    """A stored judgement judged again by the rules of then, clause by clause."""
    screen = replay_screen(request.actor, audit_id)
    told = {
        "screen": screen,
        "name": _name(request, screen.learner_id),
        "differences": _differences(screen.differences),
        "since": [(str(meaning), _differences(changed)) for meaning, changed in screen.since.items()],
        "raw": json.dumps(jsonable({"now": screen.differences, "since": screen.since}), ensure_ascii=False, indent=1),
    }
    return render(request, "desk/replay.html", told)


def _differences(found: Iterable[Otherwise]) -> list[tuple[str, str, str]]:
    return [(one.place, value_told(one.before), value_told(one.after)) for one in found]


@signed_in
def rematch(request: Request, round_id: UUID) -> HttpResponse:
    """Every matching of a round's intake done again from its stored input: whether the same people get a seat."""
    found = replayed_round(request.actor, round_id)
    intake = intake_of(round_id)
    runs = list(zip(match_runs(intake.id), found, strict=True))
    told = {"intake": intake, "runs": runs, "same": all(one.same for one in found)}
    return render(request, "desk/rematch.html", told)


@post_only
@signed_in
def export(request: Request, application_id: UUID) -> HttpResponse:
    """The case of an application as one zip."""
    why = text(request, "reason", 1000)
    case = actions.export_case(actor=request.actor, application_id=application_id, reason=why, now=request.now)
    return as_file(case.content, "application/zip", case.name)


def called(found: Entry) -> str:
    """What the thing of an entry is called: its number, or the words of its key."""
    return value_told(found.subject.partition(":")[2])


def value_told(value: Any) -> str:
    """A value of an entry as people write it; what only machines read is said to stand for developers."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        return _list(value)
    return _text(value) if isinstance(value, str) else written.number(value)


def _mapping(value: Mapping[str, Any]) -> str:
    if set(value) == {"minor", "currency"}:
        return written.amount(Money(value["minor"], value["currency"]))
    return _cut("; ".join(f"{words(name)}: {value_told(one) or '–'}" for name, one in value.items()))


def _list(value: list[Any]) -> str:
    told = [value_told(one) for one in value[:MOST_VALUES]]
    more = len(value) - len(told)
    if more:
        told.append(ngettext("{more} more", "{more} more", more).format(more=more))
    return _cut(written.listed(told))


def _text(value: str) -> str:
    for read in (_number, _moment, _day, _run):
        if (told := read(value)) is not None:
            return told
    if len(value) <= LONGEST_CODE and CODE.fullmatch(value):
        return words(value)
    return _("see For developers") if MACHINE.search(value) else _cut(value)


def _number(value: str) -> str | None:
    try:
        return number_of(UUID(value))
    except ValueError:
        return None


def _moment(value: str) -> str | None:
    try:
        return written.moment(datetime.fromisoformat(value), "UTC") if "T" in value else None
    except ValueError:
        return None


def _day(value: str) -> str | None:
    try:
        return written.day(date.fromisoformat(value)) if len(value) == len("2019-01-01") else None
    except ValueError:
        return None


def _run(value: str) -> str | None:
    found = RUN.fullmatch(value)
    return " ".join(found.groups()) if found else None


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _name(request: Request, learner_id: UUID) -> str:
    """The learner's name for whose work is with them; auditors read the number."""
    return names_of(request, {learner_id}).get(learner_id, "") or number_of(learner_id)
