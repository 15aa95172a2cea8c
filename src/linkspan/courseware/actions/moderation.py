"""What course staff decide in the discussion of a course, and the digest of those who follow threads."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import actor_for
from linkspan.courseware.actions.discussion import count_newest
from linkspan.courseware.events import NewsInThreads, PostHidden, PostShown
from linkspan.courseware.models import DiscussionRow, FollowRow, PostRow, ReportRow, ThreadRow
from linkspan.courseware.queries import (
    UNTOLD,
    Room,
    discussion_settings,
    post_row,
    room_for_staff,
    room_of,
    thread_row,
    unread_of,
)
from linkspan.courseware.rules import DIGEST_EVERY, ThreadAct, check_topics, check_why
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, NotPermitted, permit

#: Threads that one digest names, and people in one round of the clock.
MOST_NAMED, MOST_AT_ONCE = 10, 1_000


@transaction.atomic
def set_discussion(*, actor: Actor, run_id: str, is_open: bool, topics: Sequence[str], now: datetime) -> None:
    """Open or close the discussion of a run, and name its topics beside the units; threads stay."""
    room = _room(actor, run_id, now)
    wanted, before = check_topics(topics), discussion_settings(run_id)
    if (before.is_open, before.topics) == (is_open, wanted):
        return
    values = {"is_open": is_open, "topics": list(wanted), "by": actor.name, "at": now}
    DiscussionRow.objects.update_or_create(run_id=run_id, defaults=values)
    audit.record(
        actor=actor,
        verb="set_discussion",
        subject=f"courseware.course:{run_id}",
        now=now,
        before={"open": before.is_open, "topics": list(before.topics)},
        after={"open": is_open, "topics": list(wanted)},
        institution=room.course.institution,
    )


@transaction.atomic
def end_thread(*, actor: Actor, run_id: str, thread_id: UUID, act: ThreadAct, now: datetime) -> None:
    """Close or reopen a thread, for who began it and for staff; lock or unlock it, for staff. Again changes nothing."""
    room = room_of(actor, run_id, now)
    row = ThreadRow.objects.select_for_update().get(id=thread_row(room, thread_id).id)
    locks = act in (ThreadAct.LOCK, ThreadAct.UNLOCK)
    mine = actor.is_person(row.learner_id) and row.locked_at is None and not locks
    permit(room.may_moderate or mine, "end this thread")
    field, wanted = ("locked_at" if locks else "closed_at"), act in (ThreadAct.LOCK, ThreadAct.CLOSE)
    if (getattr(row, field) is not None) == wanted:
        return
    ThreadRow.objects.filter(id=row.id).update(**{field: now if wanted else None})
    if locks or not actor.is_person(row.learner_id):
        _note(room, f"{act}_thread", f"courseware.thread:{row.id}", now, "")


@transaction.atomic
def hide_post(*, actor: Actor, run_id: str, post_id: UUID, reason: str, now: datetime) -> None:
    """Hide a post from learners, with the whole thread if it is the first; its author is told why. Reports are done."""
    reason, room = check_why(reason), _room(actor, run_id, now)
    post = post_row(room, post_id)
    ReportRow.objects.filter(post_id=post.id, settled_at=None).update(settled_at=now)
    shown = PostRow.objects.filter(id=post.id, hidden_at=None)
    if not shown.update(hidden_at=now, hidden_by=actor.name, why_hidden=reason, is_answer=False):
        return
    if post.is_first:
        ThreadRow.objects.filter(id=post.thread_id).update(hidden_at=now)
    count_newest(post.thread_id)
    _note(room, "hide_post", f"courseware.post:{post.id}", now, reason)
    if not actor.is_person(post.learner_id):
        outbox.publish(PostHidden(post.learner_id, run_id, str(post.thread_id), room.course.title, reason), now=now)


@transaction.atomic
def show_post(*, actor: Actor, run_id: str, post_id: UUID, now: datetime) -> None:
    """Show a hidden post again; its author is told."""
    room = _room(actor, run_id, now)
    post = post_row(room, post_id)
    hidden = PostRow.objects.filter(id=post.id).exclude(hidden_at=None)
    if not hidden.update(hidden_at=None, hidden_by="", why_hidden=""):
        return
    if post.is_first:
        ThreadRow.objects.filter(id=post.thread_id).update(hidden_at=None)
    count_newest(post.thread_id)
    _note(room, "show_post", f"courseware.post:{post.id}", now, "")
    if not actor.is_person(post.learner_id):
        outbox.publish(PostShown(post.learner_id, run_id, str(post.thread_id), room.course.title), now=now)


@transaction.atomic
def dismiss_reports(*, actor: Actor, run_id: str, post_id: UUID, now: datetime) -> None:
    """Let a reported post stand."""
    room = _room(actor, run_id, now)
    post = post_row(room, post_id)
    if ReportRow.objects.filter(post_id=post.id, settled_at=None).update(settled_at=now):
        _note(room, "dismiss_reports", f"courseware.post:{post.id}", now, "")


def _room(actor: Actor, run_id: str, now: datetime) -> Room:
    room = room_for_staff(actor, run_id, now)
    permit(room.may_moderate, "moderate this discussion")
    return room


def _note(room: Room, verb: str, subject: str, now: datetime, why: str) -> None:
    audit.record(
        actor=room.actor,
        verb=verb,
        subject=subject,
        now=now,
        after={"run": room.course.run_id},
        why=why,
        institution=room.course.institution,
    )


def send_digests(now: datetime) -> None:
    """Tell each person who follows threads, once a day at most, of those with something new: each of them once."""
    lately = FollowRow.objects.filter(told_at__gt=now - DIGEST_EVERY).values("learner_id")
    waiting = FollowRow.objects.filter(UNTOLD, following=True).exclude(learner_id__in=lately)
    learners = waiting.order_by("learner_id").values_list("learner_id", flat=True).distinct()[:MOST_AT_ONCE]
    each_due("courseware.send_digests", list(learners), lambda learner_id: _digest(learner_id, now), now=now)


def _digest(learner_id: UUID, now: datetime) -> None:
    """Publish what is new for a person in the courses that they study now, as far as they may see it then.

    What is not open to them counts as told too, so that nobody is looked at again at every round.
    """
    mine = FollowRow.objects.filter(UNTOLD, learner_id=learner_id, following=True)
    told: list[FollowRow] = []
    for run_id in mine.order_by("thread__run_id").values_list("thread__run_id", flat=True).distinct():
        with suppress(NotFound, NotPermitted):  # left, not open now, or not discussed any more
            told += unread_of(room_of(actor_for(learner_id), run_id, now))
    mine.update(told_at=now)
    titles = [row.thread.title for row in told if row.thread.title][:MOST_NAMED]
    if titles:
        names = ", ".join(f"“{title}”" for title in titles)
        outbox.publish(NewsInThreads(learner_id, told[0].thread.run_id, names), now=now)
