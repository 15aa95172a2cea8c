"""The discussion of a run for its staff: whether it is open, its topics, and posts that readers reported."""

from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.courseware import actions, queries
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, signed_in, text, ticked


class DeskAct(StrEnum):
    """What staff do with a discussion and its reports."""

    SET = "set"
    HIDE = "hide"
    DISMISS = "dismiss"


@signed_in
@acts(DeskAct)
def desk(request: Request, run_id: str, do: DeskAct | None = None) -> HttpResponse:
    """Settings and reported posts of a run; a post changes the settings, hides a post or lets it stand."""
    told: dict[str, Any] = {}
    if do is not None:
        try:
            return done(request, _done(request, run_id, do), "discussion_desk-desk", run_id)
        except NotPermitted:
            raise
        except LinkspanError as error:
            told = {"problem": error, "did": do, "typed": request.POST, "status": error.status}
    told |= {
        "run": queries.authored_run(request.actor, run_id),
        "settings": queries.discussion_settings(run_id),
        "posts": queries.reported_posts(request.actor, run_id, request.now),
    }
    return render(request, "desk/discussion.html", told, status=told.get("status", 200))


def _done(request: Request, run_id: str, do: DeskAct) -> str:
    given: dict[str, Any] = {"actor": request.actor, "run_id": run_id, "now": request.now}
    if do is DeskAct.SET:
        lines = text(request, "topics").splitlines()
        actions.set_discussion(**given, is_open=ticked(request, "is_open"), topics=lines)
        return _("Saved.")
    unknown = NotFound("post_unknown", "There is no such post in this course. It may have been deleted.")
    post_id = identifier(text(request, "post", 40), unknown)
    if do is DeskAct.HIDE:
        actions.hide_post(**given, post_id=post_id, reason=text(request, "reason"))
        return _("Learners do not see it any more. Its author is told why.")
    actions.dismiss_reports(**given, post_id=post_id)
    return _("The post stands.")
