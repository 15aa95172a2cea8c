"""What people do in the discussion of a course: ask, answer, follow, report, delete what they wrote."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from linkspan.courseware.events import PostReported
from linkspan.courseware.models import FollowRow, PostRow, ReportRow, ThreadRow
from linkspan.courseware.queries import Room, addressed, conversation, post_row, room_of, thread_row
from linkspan.courseware.rules import (
    MOST_REPORTS,
    RATES,
    TWICE,
    Conversation,
    check_place,
    check_post,
    check_rate,
    check_title,
    check_why,
)
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def start_thread(
    *,
    actor: Actor,
    run_id: str,
    title: str,
    text: str,
    now: datetime,
    unit: str = "",
    topic: str = "",
    cohort_id: UUID | None = None,
) -> UUID:
    """Begin a thread about a unit (its name) or a topic of a run; returns its id. The same sent twice is one thread.

    With a cohort it is for that one alone: staff choose any of the run, learners their own.
    """
    title, text = check_title(title), check_post(text)
    room = room_of(actor, run_id, now)
    check_place(unit, topic, room.units, room.settings)
    cohort_id = addressed(actor, run_id, cohort_id)
    _write_alone(actor)
    mine = ThreadRow.objects.filter(learner_id=actor.own_id, run_id=run_id, title=title, at__gt=now - TWICE)
    twice = PostRow.objects.filter(
        thread__in=mine.filter(unit=unit, topic=topic, cohort=cohort_id), is_first=True, text=text
    ).first()
    if twice is not None:
        return twice.thread_id
    _check_rate(room, now)
    row = ThreadRow.objects.create(
        learner_id=actor.own_id,
        run_id=run_id,
        unit=unit,
        topic=topic,
        title=title,
        by=actor.name,
        by_staff=room.may_moderate,
        at=now,
        last_at=now,
        cohort_id=cohort_id,
    )
    _write(room, row, text, now, is_first=True)
    return row.id


@transaction.atomic
def reply_to_thread(*, actor: Actor, run_id: str, thread_id: UUID, text: str, now: datetime) -> UUID:
    """Answer in a thread, and follow it; returns the id of the post. Refused where it is closed, locked or hidden."""
    text = check_post(text)
    room = room_of(actor, run_id, now)
    _write_alone(actor)
    row = ThreadRow.objects.select_for_update().get(id=thread_row(room, thread_id).id)
    if row.closed_at is not None:
        raise Refused("thread_closed", "This thread is closed. Begin a new one.")
    if not room.may_moderate and (row.locked_at is not None or row.hidden_at is not None):
        raise Refused("thread_locked", "Course staff locked this thread. Begin a new one.")
    newest = PostRow.objects.filter(thread=row).order_by("-at", "-id").first()
    if newest is not None and actor.is_person(newest.learner_id) and newest.text == text and newest.at > now - TWICE:
        return newest.id
    _check_rate(room, now)
    post = _write(room, row, text, now)
    ThreadRow.objects.filter(id=row.id).update(last_at=now)
    return post.id


def _write_alone(actor: Actor) -> None:
    """Two posts of one person at once are two posts for the limit."""
    one_at_a_time(f"courseware.posts {actor.own_id}")


def _check_rate(room: Room, now: datetime) -> None:
    if room.may_moderate:
        return
    longest = max(span for _, span in RATES)
    times = PostRow.objects.filter(learner_id=room.actor.own_id, at__gt=now - longest).values_list("at", flat=True)
    check_rate(list(times), now)


def _write(room: Room, row: ThreadRow, text: str, now: datetime, *, is_first: bool = False) -> PostRow:
    actor = room.actor
    post = PostRow.objects.create(
        thread=row,
        learner_id=actor.own_id,
        by=actor.name,
        by_staff=room.may_moderate,
        text=text,
        is_first=is_first,
        at=now,
    )
    # Who chose not to follow this thread is not made to by another answer.
    follow, created = FollowRow.objects.get_or_create(thread=row, learner_id=actor.own_id, defaults={"seen_at": now})
    if not created:
        FollowRow.objects.filter(id=follow.id).update(seen_at=now)
    return post


@transaction.atomic
def open_thread(*, actor: Actor, run_id: str, thread_id: UUID, now: datetime, number: int = 1) -> Conversation:
    """Return a thread with a page of its posts; whoever follows it has read it."""
    room = room_of(actor, run_id, now)
    row = thread_row(room, thread_id)
    found = conversation(room, row, number)
    if found.thread.unread:
        FollowRow.objects.filter(thread=row, learner_id=actor.own_id).update(seen_at=now)
    return found


@transaction.atomic
def follow_thread(*, actor: Actor, run_id: str, thread_id: UUID, following: bool, now: datetime) -> None:
    """Have a digest name the thread once something is new in it, or no more."""
    row = thread_row(room_of(actor, run_id, now), thread_id)
    FollowRow.objects.update_or_create(
        thread=row,
        learner_id=actor.own_id,
        defaults={"following": following},
        create_defaults={"following": following, "seen_at": now},
    )


@transaction.atomic
def mark_answer(*, actor: Actor, run_id: str, post_id: UUID, is_answer: bool, now: datetime) -> None:
    """Mark a reply as the answer, in place of another one, or as none; for who asked, and for staff."""
    room = room_of(actor, run_id, now)
    post = post_row(room, post_id)
    permit(room.may_moderate or actor.is_person(post.thread.learner_id), "choose the answer in this thread")
    thread = ThreadRow.objects.select_for_update().get(id=post.thread_id)
    if thread.locked_at is not None and not room.may_moderate:
        raise Refused("thread_locked", "Course staff locked this thread. Begin a new one.")
    if is_answer and (post.is_first or post.deleted_at is not None or post.hidden_at is not None):
        raise Refused("no_answer", "This post cannot be the answer. Choose a reply that everybody can read.")
    posts = PostRow.objects.filter(thread=thread)
    if is_answer:
        posts.exclude(id=post.id).update(is_answer=False)
    posts.filter(id=post.id).update(is_answer=is_answer)


@transaction.atomic
def delete_post(*, actor: Actor, run_id: str, post_id: UUID, now: datetime) -> bool:
    """Take back what one wrote: its text goes for good. Return whether its thread went with it: nobody had answered."""
    room = room_of(actor, run_id, now)
    post = post_row(room, post_id)
    permit(actor.is_person(post.learner_id), "delete what somebody else wrote")
    thread = ThreadRow.objects.select_for_update().get(id=post.thread_id)
    if post.is_first and not PostRow.objects.filter(thread=thread, deleted_at=None).exclude(id=post.id).exists():
        thread.delete()
        return True
    PostRow.objects.filter(id=post.id, deleted_at=None).update(text="", is_answer=False, deleted_at=now)
    ReportRow.objects.filter(post_id=post.id, settled_at=None).update(settled_at=now)
    if post.is_first:
        ThreadRow.objects.filter(id=thread.id).update(title="", by="")
    count_newest(thread.id)
    return False


@transaction.atomic
def report_post(*, actor: Actor, run_id: str, post_id: UUID, reason: str, now: datetime) -> None:
    """Tell course staff of a post, with a reason; the same person's second report of it changes nothing."""
    reason = check_why(reason)
    post = post_row(room_of(actor, run_id, now), post_id)
    if actor.is_person(post.learner_id):
        raise Refused("own_post", "This is your own post. You can delete it.")
    if post.deleted_at is not None:
        raise Refused("post_deleted", "Its author deleted this post.")
    one_at_a_time(f"courseware.reports {actor.own_id}")
    if ReportRow.objects.filter(post_id=post.id, learner_id=actor.own_id).exists():
        return
    lately = ReportRow.objects.filter(learner_id=actor.own_id, at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_REPORTS:
        raise Refused(
            "reports_too_many", "You reported {most} posts today. Write to the course staff.", most=MOST_REPORTS
        )
    waits = ReportRow.objects.filter(post_id=post.id, settled_at=None).exists()
    ReportRow.objects.create(post_id=post.id, learner_id=actor.own_id, reason=reason, at=now)
    if not waits:
        outbox.publish(PostReported(post.id, run_id), now=now)


def count_newest(thread_id: UUID) -> None:
    """Have a thread stand in its list where the newest post puts it that everybody sees."""
    shown = PostRow.objects.filter(thread_id=thread_id, deleted_at=None, hidden_at=None)
    newest = shown.aggregate(newest=Max("at"))["newest"]
    if newest is not None:
        ThreadRow.objects.filter(id=thread_id).update(last_at=newest)
