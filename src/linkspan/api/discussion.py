"""The discussion of a course: threads, answers, reports, and what its staff decide."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import (
    Conversation,
    DiscussionSettings,
    Post,
    ReportedPost,
    Show,
    Thread,
    ThreadAct,
    ThreadAsk,
)
from linkspan.kernel.request import Request

router = Router()
type Long = Annotated[str, Field(max_length=20_000)]


class ThreadIn(Posted):
    """A new thread about a unit, by its url_name, or about a topic of the run; `text` takes a little Markdown."""

    title: Long
    text: Long
    unit: str = ""
    topic: str = ""
    cohort_id: UUID | None = None


class PostIn(Posted):
    """An answer; `text` takes a little Markdown."""

    text: Long


class FollowIn(Posted):
    """Whether a digest names the thread."""

    following: bool


class ActIn(Posted):
    """What is done with a thread; locked by staff alone."""

    act: ThreadAct


class AnswerIn(Posted):
    """Whether the post is the answer."""

    is_answer: bool


class ReasonIn(Posted):
    """Why."""

    reason: Long


class SettingsIn(Posted):
    """Whether the run is discussed here, and the topics beside its units."""

    is_open: bool
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadList:
    """Threads, 30 a page: `total` in all."""

    threads: tuple[Thread, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ThreadTold:
    """A thread with a page of its posts, 50 a page: `total` in all; `html` of a post is safe in any page."""

    thread: Thread
    posts: tuple[Post, ...]
    total: int
    may_reply: bool


@router.get("/runs/{run_id}/threads", operation_id="threads")
def threads(
    request: Request, run_id: str, q: str = "", unit: str = "", topic: str = "", show: Show = Show.ALL, page: int = 1
) -> ThreadList:
    """The threads of a run that one may see, those with the newest posts first."""
    ask = ThreadAsk(q[:200], unit, topic, Show(show), page)
    found = queries.threads(request.actor, run_id, ask, request.now).page
    return ThreadList(found.rows, found.total)


@router.post("/runs/{run_id}/threads", operation_id="start_thread")
@idempotent
def start_thread(request: Request, run_id: str, body: ThreadIn) -> Made:
    """Begin a thread, and follow it."""
    given = {"title": body.title, "text": body.text, "unit": body.unit, "topic": body.topic}
    made = actions.start_thread(actor=request.actor, run_id=run_id, cohort_id=body.cohort_id, now=request.now, **given)
    return Made(made)


@router.get("/runs/{run_id}/threads/{uuid:thread_id}", operation_id="thread")
def thread(request: Request, run_id: str, thread_id: UUID, page: int = 1) -> ThreadTold:
    """A thread with its posts, oldest first; whoever follows it has read it."""
    found: Conversation = actions.open_thread(
        actor=request.actor, run_id=run_id, thread_id=thread_id, now=request.now, number=page
    )
    return ThreadTold(found.thread, found.posts.rows, found.posts.total, found.may_reply)


@router.post("/runs/{run_id}/threads/{uuid:thread_id}/replies", operation_id="reply_to_thread")
@idempotent
def reply(request: Request, run_id: str, thread_id: UUID, body: PostIn) -> Made:
    """Answer in a thread, and follow it."""
    return Made(
        actions.reply_to_thread(
            actor=request.actor, run_id=run_id, thread_id=thread_id, text=body.text, now=request.now
        )
    )


@router.post("/runs/{run_id}/threads/{uuid:thread_id}/follow", operation_id="follow_thread")
@idempotent
def follow(request: Request, run_id: str, thread_id: UUID, body: FollowIn) -> None:
    """Have a digest name the thread once something is new in it, or no more."""
    actions.follow_thread(
        actor=request.actor, run_id=run_id, thread_id=thread_id, following=body.following, now=request.now
    )


@router.post("/runs/{run_id}/threads/{uuid:thread_id}/end", operation_id="end_thread")
@idempotent
def end(request: Request, run_id: str, thread_id: UUID, body: ActIn) -> None:
    """Close or reopen a thread, for who began it and for staff; lock or unlock it, for staff."""
    act = ThreadAct(body.act)
    actions.end_thread(actor=request.actor, run_id=run_id, thread_id=thread_id, act=act, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/answer", operation_id="mark_answer")
@idempotent
def answer(request: Request, run_id: str, post_id: UUID, body: AnswerIn) -> None:
    """Mark a reply as the answer, or as none; for who asked, and for staff."""
    actions.mark_answer(actor=request.actor, run_id=run_id, post_id=post_id, is_answer=body.is_answer, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/delete", operation_id="delete_post")
@idempotent
def delete(request: Request, run_id: str, post_id: UUID, body: Posted) -> None:
    """Take back what one wrote; a thread that nobody answered goes with it."""
    actions.delete_post(actor=request.actor, run_id=run_id, post_id=post_id, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/report", operation_id="report_post")
@idempotent
def report(request: Request, run_id: str, post_id: UUID, body: ReasonIn) -> None:
    """Tell course staff of a post; its author is not told by whom."""
    actions.report_post(actor=request.actor, run_id=run_id, post_id=post_id, reason=body.reason, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/hide", operation_id="hide_post")
@idempotent
def hide(request: Request, run_id: str, post_id: UUID, body: ReasonIn) -> None:
    """Hide a post from learners; its author is told why. For course staff."""
    actions.hide_post(actor=request.actor, run_id=run_id, post_id=post_id, reason=body.reason, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/show", operation_id="show_post")
@idempotent
def show(request: Request, run_id: str, post_id: UUID, body: Posted) -> None:
    """Show a hidden post again; its author is told. For course staff."""
    actions.show_post(actor=request.actor, run_id=run_id, post_id=post_id, now=request.now)


@router.post("/runs/{run_id}/posts/{uuid:post_id}/dismiss", operation_id="dismiss_reports")
@idempotent
def dismiss(request: Request, run_id: str, post_id: UUID, body: Posted) -> None:
    """Let a reported post stand. For course staff."""
    actions.dismiss_reports(actor=request.actor, run_id=run_id, post_id=post_id, now=request.now)


@router.get("/runs/{run_id}/reports", operation_id="reported_posts")
def reports(request: Request, run_id: str) -> tuple[ReportedPost, ...]:
    """The posts of a run that wait for its staff, those reported first first."""
    return queries.reported_posts(request.actor, run_id, request.now)


@router.get("/runs/{run_id}/settings", operation_id="discussion_settings")
def settings(request: Request, run_id: str) -> DiscussionSettings:
    """Whether a run is discussed here, and its topics."""
    return queries.room_for_staff(request.actor, run_id, request.now).settings


@router.post("/runs/{run_id}/settings", operation_id="set_discussion")
@idempotent
def set_discussion(request: Request, run_id: str, body: SettingsIn) -> None:
    """Open or close the discussion of a run, and name its topics. For course staff."""
    actions.set_discussion(
        actor=request.actor, run_id=run_id, is_open=body.is_open, topics=body.topics, now=request.now
    )
