"""What staff announce in a run, what a learner marks, and the texts that a search reads."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.catalog.queries import course_run
from linkspan.courseware.engines.texts import texts_of
from linkspan.courseware.events import AnnouncementMade, AnnouncementPublished
from linkspan.courseware.models import AnnouncementRow, BookmarkRow, CourseVersionRow, StoppedRow, TextRow
from linkspan.courseware.queries import (
    addressed,
    announcement_of,
    authored_run,
    learners_in_cohort,
    seen_by,
    untold_versions,
    version_of,
)
from linkspan.courseware.rules import (
    MOST_BOOKMARKS,
    check_ahead,
    check_announcement,
    check_room,
    check_title,
    folded,
    units_of,
)
from linkspan.enrolment.queries import learners_of_run
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Refused
from linkspan.kernel.locks import one_at_a_time

SYSTEM = system_actor("courseware")
#: Of an announcement, in a notice and a mail.
LONGEST_TOLD = 500


@transaction.atomic
def announce(
    *,
    actor: Actor,
    run_id: str,
    title: str,
    text: str,
    now: datetime,
    due: datetime | None = None,
    cohort_id: UUID | None = None,
) -> UUID:
    """Tell everybody in a run, or in one cohort, now or from `due` on: in the course, by notice and by mail.

    Twice the same is one. Who comes into the cohort later reads it in the course; who left it reads it no more.
    """
    title, text = check_title(title), check_announcement(text)
    run = authored_run(actor, run_id)
    due = max(due or now, now)
    check_ahead(due, now)
    cohort_id = addressed(actor, run_id, cohort_id)
    one_at_a_time(f"courseware.announcements {run_id}")
    waiting = AnnouncementRow.objects.filter(run_id=run_id, published_at=None)
    twice = AnnouncementRow.objects.filter(run_id=run_id, title=title, text=text, due=due, cohort=cohort_id).first()
    if twice is not None:
        return twice.id
    check_room(waiting.count())
    row = AnnouncementRow.objects.create(
        run_id=run_id, title=title, text=text, by=actor.name, at=now, due=due, cohort_id=cohort_id
    )
    _note(actor, "announce", row, run.course.institution, now, {"title": title, "due": due.isoformat()})
    if due <= now:
        _publish(row.id, now)
    return row.id


@transaction.atomic
def withdraw_announcement(*, actor: Actor, announcement_id: UUID, now: datetime) -> None:
    """Take an announcement out of the course, or do not send it at all; what was sent stays with who got it."""
    row = announcement_of(actor, announcement_id)
    institution = course_run(row.run_id).course.institution
    _note(actor, "withdraw_announcement", row, institution, now, {"title": row.title})
    row.delete()


def publish_due(now: datetime) -> None:
    """Publish what staff wrote for a day that has come."""
    due = AnnouncementRow.objects.filter(due__lte=now, published_at=None).order_by("due", "id")
    ids = list(due.values_list("id", flat=True)[:200])
    each_due("courseware.publish_due", ids, lambda one: _publish(one, now), now=now)


def _publish(announcement_id: UUID, now: datetime) -> None:
    if AnnouncementRow.objects.filter(id=announcement_id, published_at=None).update(published_at=now):
        outbox.publish(AnnouncementPublished(announcement_id), now=now)


@transaction.atomic
def send_announcement(*, announcement_id: UUID, now: datetime) -> None:
    """Have everybody told who studies in the run, by a delivery for each; nothing if it was withdrawn since.

    Once: a worker that is killed after it, before its own delivery is marked, finds it done.
    """
    row = AnnouncementRow.objects.select_for_update().filter(id=announcement_id, told_at=None).first()
    if row is None:
        return
    row.told_at = now
    row.save(update_fields=["told_at"])
    told = (row.run_id, course_run(row.run_id).title, row.title, " ".join(row.text.split())[:LONGEST_TOLD])
    learners = learners_of_run(SYSTEM, row.run_id)
    if row.cohort_id is not None:
        inside = learners_in_cohort(row.cohort_id)
        learners = tuple(one for one in learners if one in inside)
    outbox.publish_all([AnnouncementMade(learner_id, *told) for learner_id in learners], now=now)


@transaction.atomic
def bookmark_unit(*, actor: Actor, run_id: str, unit: str, marked: bool, now: datetime) -> None:
    """Mark a unit that one sees, to find it again, or mark it no more."""
    mine = BookmarkRow.objects.filter(learner_id=actor.own_id, run_id=run_id)
    if unit not in units_of(seen_by(actor, run_id, now).children):
        raise NotFound("unit_unknown", "There is no such unit in this course, or it is not open to you now.")
    if not marked:
        mine.filter(unit=unit).delete()
        return
    if mine.exclude(unit=unit).count() >= MOST_BOOKMARKS:
        raise Refused("bookmarks_too_many", "You marked {most} units. Remove a mark first.", most=MOST_BOOKMARKS)
    BookmarkRow.objects.get_or_create(learner_id=actor.own_id, run_id=run_id, unit=unit, defaults={"at": now})


@transaction.atomic
def keep_place(*, actor: Actor, run_id: str, unit: str, now: datetime) -> None:
    """Remember the unit that somebody opened, which they may see, as the one to go on with."""
    mine = StoppedRow.objects.filter(learner_id=actor.own_id, run_id=run_id)
    if not mine.update(unit=unit, at=now):
        StoppedRow.objects.get_or_create(learner_id=actor.own_id, run_id=run_id, defaults={"unit": unit, "at": now})


def collect_texts(now: datetime) -> None:
    """Collect what each version says that is taught now, for searches."""
    each_due("courseware.collect_texts", untold_versions(), lambda one: _collect(one, now), now=now, calls_out=True)


def _collect(version_id: UUID, now: datetime) -> None:
    version = CourseVersionRow.objects.get(id=version_id)
    rows = [
        TextRow(
            version=version,
            position=position,
            usage=text.usage,
            unit=text.unit,
            title=text.title,
            text=text.text,
            words=folded(f"{text.title} {text.text}"),
        )
        for position, text in enumerate(texts_of(version_of(version)))
    ]
    with transaction.atomic():
        TextRow.objects.filter(version__run_id=version.run_id).delete()
        TextRow.objects.bulk_create(rows, batch_size=500)
        others = CourseVersionRow.objects.filter(run_id=version.run_id).exclude(id=version.id)
        others.update(texts_at=None)
        CourseVersionRow.objects.filter(id=version.id).update(texts_at=now)


def _note(
    actor: Actor, verb: str, row: AnnouncementRow, institution: str, now: datetime, after: dict[str, str]
) -> None:
    subject = f"courseware.announcement:{row.id}"
    after = {"run": row.run_id, **after}
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, institution=institution)
