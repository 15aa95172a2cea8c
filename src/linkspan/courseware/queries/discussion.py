"""Reads of the discussion of a course: every one asks the outline of the reader what of the course is open to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from linkspan.courseware.engines.markdown import as_html
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.models import CourseVersionRow, DiscussionRow, FollowRow, PostRow, ReportRow, ThreadRow
from linkspan.courseware.queries.cohorts import for_me
from linkspan.courseware.queries.courses import course_for, draws_of, seen, viewer_of
from linkspan.courseware.rules import (
    MODERATORS,
    Conversation,
    DiscussionSettings,
    Post,
    ReportedPost,
    Show,
    Thread,
    ThreadAsk,
    Threads,
    may_moderate,
    units_of,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import page_of
from linkspan.kernel.readers import granted

PAGE, POSTS_AT_ONCE, MOST_COUNTED, MOST_WORDS = 30, 50, 10_000, 6
#: Posts of which a reader sees the text.
SHOWN = Q(deleted_at=None, hidden_at=None)


@dataclass(frozen=True, slots=True)
class Room:
    """A course as somebody discusses it now: the units that are open to them, by name, with their titles."""

    actor: Actor
    course: Course
    settings: DiscussionSettings
    units: Mapping[str, str]
    may_moderate: bool

    @property
    def rows(self) -> "QuerySet[ThreadRow]":
        """The threads that the reader may see: none of a unit that is closed to them, none that staff hid from them."""
        rows = ThreadRow.objects.filter(
            Exists(PostRow.objects.filter(thread=OuterRef("pk"))), run_id=self.course.run_id
        )
        rows = rows.select_related("cohort")
        if self.may_moderate:
            return rows
        mine = for_me(self.actor.person_id, self.course.run_id)
        shown = Q(hidden_at=None) | Q(learner_id=self.actor.person_id)
        return rows.filter(mine, shown, unit__in=["", *self.units])


def room_of(actor: Actor, run_id: str, now: datetime) -> Room:
    """The discussion of a run for somebody who studies or teaches it; NotFound where it is not discussed here."""
    room = room_for_staff(actor, run_id, now)
    if not room.settings.is_open:
        raise NotFound("discussion_off", "This course is not discussed here. Ask its staff where it is.")
    return room


def room_for_staff(actor: Actor, run_id: str, now: datetime) -> Room:
    """The same, whether or not it is open: staff look at reports and settings of a closed one too."""
    course = course_for(actor, run_id)
    root = seen(course, viewer_of(actor, course), draws_of(actor.person_id, course), now)
    units = {name: place.title for name, place in units_of(root.children).items()}
    return Room(actor, course, discussion_settings(run_id), units, may_moderate(actor, course.institution))


@granted
def discussion_settings(run_id: str) -> DiscussionSettings:
    """What the staff of a run chose, or what holds without a choice."""
    row = DiscussionRow.objects.filter(run_id=run_id).first()
    return DiscussionSettings(run_id, row.is_open, tuple(row.topics)) if row else DiscussionSettings(run_id)


def threads(actor: Actor, run_id: str, ask: ThreadAsk, now: datetime) -> Threads:
    """The threads of a run that the reader may see, those with the newest posts first."""
    room = room_of(actor, run_id, now)
    rows = _asked(room.rows, ask, actor.own_id)
    total = rows.order_by()[: MOST_COUNTED + 1].count()
    page = page_of(rows.order_by("-last_at", "-id"), total, lambda row: row, number=ask.number, size=PAGE)
    told = _told(room, page.rows)
    shown = page_of(page.rows, total, lambda row: told[row.id], number=1, size=PAGE)
    page = type(shown)(shown.rows, page.number, page.size, total)
    return Threads(room.course.title, room.settings, room.units, page, room.may_moderate)


def _asked(rows: "QuerySet[ThreadRow]", ask: ThreadAsk, reader: UUID) -> "QuerySet[ThreadRow]":
    posts = PostRow.objects.filter(SHOWN, thread=OuterRef("pk"))
    if ask.unit:
        rows = rows.filter(unit=ask.unit)
    if ask.topic:
        rows = rows.filter(topic=ask.topic)
    for word in ask.text.replace("\0", "").split()[:MOST_WORDS]:
        rows = rows.filter(Q(title__icontains=word) | Exists(posts.filter(text__icontains=word)))
    if ask.show is Show.UNANSWERED:
        rows = rows.filter(~Exists(posts.filter(is_answer=True)), closed_at=None)
    elif ask.show is Show.ANSWERED:
        rows = rows.filter(Exists(posts.filter(is_answer=True)))
    elif ask.show is Show.MINE:
        rows = rows.filter(learner_id=reader)
    elif ask.show is Show.FOLLOWED:
        followed = FollowRow.objects.filter(thread=OuterRef("pk"), learner_id=reader, following=True)
        rows = rows.filter(Exists(followed))
    return rows


def thread_row(room: Room, thread_id: UUID) -> ThreadRow:
    """A thread of the room; NotFound for one that is not there, or not for this reader."""
    row = room.rows.filter(id=thread_id).first()
    if row is None:
        raise NotFound("thread_unknown", "There is no such thread in this course, or it is not open to you now.")
    return row


def post_row(room: Room, post_id: UUID) -> PostRow:
    """A post of a thread of the room, with its thread."""
    row = PostRow.objects.filter(id=post_id, thread__in=room.rows).select_related("thread").first()
    if row is None:
        raise NotFound("post_unknown", "There is no such post in this course. It may have been deleted.")
    return row


def conversation(room: Room, row: ThreadRow, number: int) -> Conversation:
    """A thread with a page of its posts, oldest first."""
    mine = room.actor.is_person(row.learner_id)
    posts = PostRow.objects.filter(thread=row).order_by("-is_first", "at", "id")
    found = page_of(posts, posts.count(), lambda one: one, number=number, size=POSTS_AT_ONCE)
    reports = ReportRow.objects.filter(post__in=[one.id for one in found.rows], learner_id=room.actor.own_id)
    reported = set(reports.values_list("post_id", flat=True))
    shown = tuple(_post(one, room, one.id in reported) for one in found.rows)
    open_to_all = row.closed_at is None and row.locked_at is None and row.hidden_at is None
    return Conversation(
        thread=_told(room, [row])[row.id],
        course=room.course.title,
        posts=type(found)(shown, found.number, found.size, found.total),
        may_reply=open_to_all or (room.may_moderate and row.closed_at is None),
        may_end=(mine and row.locked_at is None) or room.may_moderate,
        may_moderate=room.may_moderate,
    )


def _post(row: PostRow, room: Room, reported: bool) -> Post:
    mine = room.actor.is_person(row.learner_id)
    hidden, deleted = row.hidden_at is not None, row.deleted_at is not None
    told = not deleted and (not hidden or mine or room.may_moderate)
    return Post(
        id=row.id,
        html=as_html(row.text) if told else "",
        by=row.by if told else "",
        by_staff=row.by_staff,
        mine=mine,
        at=row.at,
        is_first=row.is_first,
        is_answer=row.is_answer and not hidden and not deleted,
        hidden=hidden,
        why_hidden=row.why_hidden if told else "",
        deleted=deleted,
        reported=reported,
    )


def _told(room: Room, rows: Collection[ThreadRow]) -> dict[UUID, Thread]:
    """Threads as the reader sees them, by id, in two queries."""
    ids, reader = [row.id for row in rows], room.actor.own_id
    counted: dict[UUID, Mapping[str, Any]] = {
        one["thread_id"]: {**one}
        for one in PostRow.objects.filter(SHOWN, thread__in=ids)
        .values("thread_id")
        .annotate(replies=Count("id", filter=Q(is_first=False)), answers=Count("id", filter=Q(is_answer=True)))
    }
    follows = {
        one.thread_id: one for one in FollowRow.objects.filter(thread__in=ids, learner_id=reader, following=True)
    }
    return {row.id: _thread(row, room, counted.get(row.id, {}), follows.get(row.id)) for row in rows}


def _thread(row: ThreadRow, room: Room, counted: Mapping[str, Any], follow: FollowRow | None) -> Thread:
    return Thread(
        id=row.id,
        run_id=row.run_id,
        unit=row.unit,
        place=room.units.get(row.unit, row.unit) if row.unit else row.topic,
        topic=row.topic,
        title=row.title,
        by=row.by,
        by_staff=row.by_staff,
        mine=room.actor.is_person(row.learner_id),
        at=row.at,
        last_at=row.last_at,
        replies=counted.get("replies", 0),
        answered=bool(counted.get("answers")),
        closed=row.closed_at is not None,
        locked=row.locked_at is not None,
        hidden=row.hidden_at is not None,
        following=follow is not None,
        unread=follow is not None and row.last_at > follow.seen_at,
        cohort=row.cohort.name if row.cohort else "",
    )


@granted
def threads_of_unit(run_id: str, unit: str, reader: UUID | None = None) -> int | None:
    """How many threads a unit has, for its page, whose reader may see the unit; None where it is not discussed.

    Of a reader who is named, without those of other cohorts.
    """
    if not discussion_settings(run_id).is_open:
        return None
    shown = PostRow.objects.filter(SHOWN, thread=OuterRef("pk"))
    rows = ThreadRow.objects.filter(Exists(shown), run_id=run_id, unit=unit, hidden_at=None)
    rows = rows.filter(for_me(reader, run_id)) if reader else rows
    return rows[: MOST_COUNTED + 1].count()


def reported_posts(actor: Actor, run_id: str, now: datetime) -> tuple[ReportedPost, ...]:
    """The posts of a run that wait for its staff, those reported first first."""
    room = room_for_staff(actor, run_id, now)
    permit(room.may_moderate, "moderate this discussion")
    waiting = ReportRow.objects.filter(settled_at=None, post__thread__run_id=run_id)
    rows = waiting.select_related("post__thread").order_by("at", "id")[:200]
    posts: dict[UUID, list[ReportRow]] = {}
    for row in rows:
        posts.setdefault(row.post_id, []).append(row)
    return tuple(_reported([row for row in found]) for found in posts.values())


def _reported(rows: list[ReportRow]) -> ReportedPost:
    post = rows[0].post
    html, by, at = as_html(post.text), post.by, post.at
    reasons = tuple(row.reason for row in rows)
    thread = post.thread
    return ReportedPost(
        post.id, thread.id, thread.run_id, thread.title, html, by, at, post.hidden_at is not None, reasons
    )


def reports_waiting(actor: Actor) -> int:
    """How many posts wait for the actor's look, in all runs of their institutions."""
    schools = {code for role in MODERATORS for code in actor.institutions_as(role)}
    runs = CourseVersionRow.objects.filter(institution__in=schools).values("run_id")
    rows = ReportRow.objects.filter(settled_at=None, post__thread__run_id__in=runs)
    return rows.values("post_id").distinct().count()


def unread_of(room: Room) -> "QuerySet[FollowRow]":
    """What a digest tells of a room: threads that its reader follows, with news that no digest named since she read."""
    rows = FollowRow.objects.filter(learner_id=room.actor.own_id, following=True, thread__in=room.rows)
    return rows.filter(UNTOLD).select_related("thread").order_by("-thread__last_at", "id")


#: Follows with something new of which no digest told since the thread was read.
UNTOLD = Q(thread__last_at__gt=F("seen_at"), thread__hidden_at=None) & (Q(told_at=None) | Q(told_at__lte=F("seen_at")))
