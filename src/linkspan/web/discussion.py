"""The discussion of a course: its threads, one thread, a new one."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.courseware import actions, queries
from linkspan.courseware.rules import LONGEST_POST, LONGEST_TITLE, Show, ThreadAct, ThreadAsk
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, page_number, signed_in, text
from linkspan.web.studying import cohort_in

SHOWS: dict[Show, Promise] = {
    Show.ALL: lazy("All threads"),
    Show.UNANSWERED: lazy("Without an answer"),
    Show.ANSWERED: lazy("Answered"),
    Show.FOLLOWED: lazy("I follow"),
    Show.MINE: lazy("Mine"),
}


class TalkAct(StrEnum):
    """What is done in a thread."""

    REPLY = "reply"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CLOSE = "close"
    REOPEN = "reopen"
    LOCK = "lock"
    UNLOCK = "unlock"
    ANSWER = "answer"
    UNANSWER = "unanswer"
    REPORT = "report"
    DELETE = "delete"
    HIDE = "hide"
    SHOW = "show"


ENDS = {
    TalkAct.CLOSE: (ThreadAct.CLOSE, lazy("The thread is closed.")),
    TalkAct.REOPEN: (ThreadAct.REOPEN, lazy("The thread is open again.")),
    TalkAct.LOCK: (ThreadAct.LOCK, lazy("The thread is locked. Only course staff answer now.")),
    TalkAct.UNLOCK: (ThreadAct.UNLOCK, lazy("The thread is unlocked.")),
}


@signed_in
def threads(request: Request, run_id: str) -> HttpResponse:
    """The threads of a course that the reader may see, by unit, topic, words and state."""
    given = request.GET
    show = next((one for one in Show if one == given.get("show")), Show.ALL)
    ask = ThreadAsk(
        given.get("q", "").strip()[:200],
        given.get("unit", "")[:255],
        given.get("topic", "")[:80],
        show,
        page_number(request),
    )
    found = queries.threads(request.actor, run_id, ask, request.now)
    kept = {"q": ask.text, "unit": ask.unit, "topic": ask.topic, "show": "" if show is Show.ALL else str(show)}
    told = {
        "run_id": run_id,
        "found": found,
        "page": found.page,
        "ask": ask,
        "shows": list(SHOWS.items()),
        "kept": urlencode({name: value for name, value in kept.items() if value}),
        "narrowed": any(kept.values()),
    }
    return render(request, "courseware/threads.html", told)


@signed_in
def begin(request: Request, run_id: str) -> HttpResponse:
    """The form of a new thread; what was typed stays on an error."""
    room = queries.room_of(request.actor, run_id, request.now)
    about = request.GET.get("about", "")[:300]
    told: dict[str, Any] = {
        "run_id": run_id,
        "room": room,
        "typed": {"about": about},
        "longest": LONGEST_POST,
        "longest_title": LONGEST_TITLE,
        "cohorts": queries.cohorts_to_address(request.actor, run_id),
    }
    if request.method != "POST":
        return render(request, "courseware/thread_new.html", told)
    try:
        typed = {"title": text(request, "title", 10_000), "text": text(request, "text", 100_000)}
        told["typed"] = typed | {"about": text(request, "about", 300), "cohort": text(request, "cohort", 40)}
        kind, _colon, name = told["typed"]["about"].partition(":")
        made = actions.start_thread(
            actor=request.actor,
            run_id=run_id,
            unit=name if kind == "unit" else "",
            topic="" if kind == "unit" else name,
            cohort_id=cohort_in(request),
            title=typed["title"],
            text=typed["text"],
            now=request.now,
        )
    except LinkspanError as error:
        told |= {"problem": error, "at": FIELDS.get(error.code, "")}
        return render(request, "courseware/thread_new.html", told, status=error.status)
    return done(request, _("Your thread is there. You follow it."), "discussion-thread", run_id, made)


#: The field at which an error is told.
FIELDS = {
    "title_unusable": "title",
    "post_empty": "text",
    "post_too_long": "text",
    "place_missing": "about",
    "cohort_unknown": "cohort",
    "reason_missing": "reason",
}


@signed_in
@acts(TalkAct)
def thread(request: Request, run_id: str, thread_id: UUID, do: TalkAct | None = None) -> HttpResponse:
    """One thread with its posts; a post answers, follows, ends, reports, deletes or moderates."""
    if do is None:
        return _thread(request, run_id, thread_id, {})
    try:
        words = _done(request, run_id, thread_id, do)
    except NotPermitted:
        raise
    except LinkspanError as error:
        told = {"problem": error, "at": FIELDS.get(error.code, ""), "typed": request.POST, "did": do}
        return _thread(request, run_id, thread_id, told, error.status)
    if words is None:
        return done(request, _("Your thread is deleted."), "discussion-threads", run_id)
    return done(request, words, "discussion-thread", run_id, thread_id)


def _thread(request: Request, run_id: str, thread_id: UUID, told: dict[str, Any], status: int = 200) -> HttpResponse:
    found = actions.open_thread(
        actor=request.actor, run_id=run_id, thread_id=thread_id, now=request.now, number=page_number(request)
    )
    told |= {"run_id": run_id, "found": found, "thread": found.thread, "page": found.posts, "longest": LONGEST_POST}
    return render(request, "courseware/thread.html", told, status=status)


def _done(request: Request, run_id: str, thread_id: UUID, do: TalkAct) -> str | None:
    """Do it, and say what was done; None if the thread is gone with it."""
    given: dict[str, Any] = {"actor": request.actor, "run_id": run_id, "now": request.now}
    if do is TalkAct.REPLY:
        actions.reply_to_thread(**given, thread_id=thread_id, text=text(request, "text", 100_000))
        return _("Your answer is there.")
    if do in ENDS:
        act, words = ENDS[do]
        actions.end_thread(**given, thread_id=thread_id, act=act)
        return str(words)
    if do in (TalkAct.FOLLOW, TalkAct.UNFOLLOW):
        following = do is TalkAct.FOLLOW
        actions.follow_thread(**given, thread_id=thread_id, following=following)
        return _("You follow this thread.") if following else _("You do not follow this thread any more.")
    return _done_to_post(request, run_id, do)


def _done_to_post(request: Request, run_id: str, do: TalkAct) -> str | None:
    given: dict[str, Any] = {"actor": request.actor, "run_id": run_id, "now": request.now}
    unknown = NotFound("post_unknown", "There is no such post in this course. It may have been deleted.")
    post_id = identifier(text(request, "post", 40), unknown)
    if do in (TalkAct.ANSWER, TalkAct.UNANSWER):
        actions.mark_answer(**given, post_id=post_id, is_answer=do is TalkAct.ANSWER)
        return _("The thread is answered.") if do is TalkAct.ANSWER else _("The thread waits for an answer.")
    if do is TalkAct.REPORT:
        actions.report_post(**given, post_id=post_id, reason=text(request, "reason"))
        return _("Course staff will look at it. Thank you.")
    if do is TalkAct.HIDE:
        actions.hide_post(**given, post_id=post_id, reason=text(request, "reason"))
        return _("Learners do not see it any more. Its author is told why.")
    if do is TalkAct.SHOW:
        actions.show_post(**given, post_id=post_id)
        return _("Learners see it again. Its author is told.")
    return None if actions.delete_post(**given, post_id=post_id) else _("Your text is deleted.")
