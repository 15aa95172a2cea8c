"""An Open edX is entered and asked for a run's enrolments and grades; what it told goes to `records` as a file."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linkspan.catalog.queries import course_run
from linkspan.courseware.engines import open_edx
from linkspan.courseware.engines.open_edx import Client, Silent
from linkspan.courseware.events import PlatformFetched
from linkspan.courseware.models import FetchedRow, FetchRow, PlatformRow
from linkspan.courseware.queries.fetching import client_of
from linkspan.courseware.rules import FetchState, Part, may_manage_platforms, place_of
from linkspan.courseware.rules.fetching import (
    LONGEST_CLIENT,
    LONGEST_SECRET,
    MOST_FAILS,
    MOST_PAGES,
    PageTold,
    again_at,
    first_page,
    page_told,
    refusal,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.reasons import Reason, stored

#: Pages of one fetch at one round of the worker: half of what Open edX lets staff ask in that time.
PAGES_AT_ONCE = 20
LEASE = timedelta(minutes=15)


@transaction.atomic
def enter_platform(*, actor: Actor, institution: str, place: str, client_id: str, secret: str, now: datetime) -> UUID:
    """Enter an Open edX of an institution, or another client for it; an empty secret stays as it is."""
    permit(may_manage_platforms(actor, institution), "enter learning platforms here")
    place, client_id, secret = place_of(place), client_id.strip(), secret.strip()
    if not place:
        raise Unusable("place_unusable", "Platform: enter the host of its address, such as courses.example.edu.")
    if not 0 < len(client_id) <= LONGEST_CLIENT or not client_id.isprintable():
        raise Unusable("client_unusable", "Client id: copy it from the platform.")
    held = PlatformRow.objects.select_for_update().filter(institution=institution, place=place).first()
    if len(secret) > LONGEST_SECRET or (held is None and not secret):
        raise Unusable("secret_missing", "Secret: copy the client secret from the platform.")
    row = held or PlatformRow(institution=institution, place=place)
    if held is not None and held.client_id == client_id and not secret:
        return held.id
    row.client_id, row.entered_by, row.entered_at = client_id, actor.name, now
    if secret:
        row.secret = storage.sealed(secret)
    row.save()
    after = {"place": place, "client_id": client_id, **({"secret": "changed"} if secret else {})}
    _note(actor, "enter_platform", row, now, after)
    return row.id


@transaction.atomic
def remove_platform(*, actor: Actor, platform_id: UUID, now: datetime) -> None:
    """Forget an Open edX with its secret and what was fetched; what was imported stays."""
    row = _locked(actor, platform_id)
    _note(actor, "remove_platform", row, now, {"place": row.place})
    row.delete()


def check_platform(*, actor: Actor, platform_id: UUID) -> None:
    """Ask the platform for a token; Unusable says why there is none. It is asked outside of any transaction."""
    row = _held(actor, platform_id)
    open_edx.token_of(client_of(row))


@transaction.atomic
def start_fetch(*, actor: Actor, platform_id: UUID, run_id: str, now: datetime) -> UUID:
    """Have a run's enrolments and grades fetched by the worker; the one that runs already is the one."""
    row = _locked(actor, platform_id)
    run = course_run(run_id)
    if run.course.institution != row.institution:
        raise NotFound("run_unknown", "There is no such course run.")
    made, created = FetchRow.objects.get_or_create(
        platform=row,
        run_id=run_id,
        state=FetchState.RUNNING,
        defaults={
            "part": Part.ENROLMENTS,
            "cursor": first_page(Part.ENROLMENTS, run_id),
            "by_name": actor.name,
            "asked_at": now,
            "due": now,
        },
    )
    if created:
        _note(actor, "start_fetch", row, now, {"run": run_id})
    return made.id


@transaction.atomic
def stop_fetch(*, actor: Actor, fetch_id: UUID, now: datetime) -> None:
    """Stop a fetch; nothing of it is imported. One that ended already stays as it is."""
    found = FetchRow.objects.filter(id=fetch_id).select_related("platform").first()
    if found is None:
        raise _unknown()
    platform = _locked(actor, found.platform_id)
    stopped = FetchRow.objects.filter(id=fetch_id, state=FetchState.RUNNING)
    if stopped.update(state=FetchState.STOPPED, ended_at=now, lease_until=None):
        _note(actor, "stop_fetch", platform, now, {"run": found.run_id})


def fetch_due(now: datetime) -> None:
    """Go on with every fetch that is due, page by page; each page and the place of the next are kept together."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    ids = list(FetchRow.objects.filter(free, state=FetchState.RUNNING, due__lte=now).values_list("id", flat=True)[:20])
    each_due("courseware.fetch_due", ids, lambda one: _go_on(one, now), now=now, calls_out=True)


def _go_on(fetch_id: UUID, now: datetime) -> None:
    row = _claimed(fetch_id, now)
    if row is None:
        return
    client, token = client_of(row.platform), ""
    try:
        token = open_edx.token_of(client)
        for _ in range(PAGES_AT_ONCE):
            told, token = _page(client, token, row)
            row = _keep(row, told, now)
            if row.state != FetchState.RUNNING:
                return
    except Silent as error:
        _pause(row, error, now)
    except Unusable as error:
        _end(row, FetchState.FAILED, now, error.reason)
    else:
        FetchRow.objects.filter(id=row.id).update(lease_until=None)


def _page(client: Client, token: str, row: FetchRow) -> tuple[PageTold, str]:
    """The page of the cursor; with another token where this one has ended in the middle."""
    answer = open_edx.page(client, token, row.cursor)
    if answer.status == 401:
        token = open_edx.token_of(client)
        answer = open_edx.page(client, token, row.cursor)
    if answer.status != 200:
        raise refusal(answer.status)
    return page_told(Part(row.part), client.place, row.cursor, open_edx.told_in(answer)), token


@transaction.atomic
def _claimed(fetch_id: UUID, now: datetime) -> FetchRow | None:
    rows = FetchRow.objects.select_for_update(of=("self",)).select_related("platform")
    row = rows.filter(id=fetch_id, state=FetchState.RUNNING).first()
    if row is None or (row.lease_until is not None and row.lease_until > now):
        return None
    row.lease_until = now + LEASE
    row.save(update_fields=["lease_until"])
    return row


@transaction.atomic
def _keep(claimed: FetchRow, told: PageTold, now: datetime) -> FetchRow:
    """Keep a page, and where to go on; the fetch as it stands now. A page that is told twice changes nothing."""
    rows = FetchRow.objects.select_for_update(of=("self",)).select_related("platform")
    row = rows.filter(id=claimed.id).first()
    if row is None or row.state != FetchState.RUNNING or row.cursor != claimed.cursor:
        claimed.state = FetchState.STOPPED if row is None else row.state
        return row or claimed
    field = "enrolment" if row.part == Part.ENROLMENTS else "grade"
    found = {name: FetchedRow(fetch=row, username=name, **{field: data}) for name, data in told.rows}
    FetchedRow.objects.bulk_create(
        found.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["fetch", "username"],
        update_fields=[field],
    )
    row.pages, row.fails, row.problem = row.pages + 1, 0, []
    if row.pages >= MOST_PAGES:
        raise Unusable("page_repeats", "The platform names the same page as the next one.")
    row.cursor = told.next
    if not told.next and row.part == Part.ENROLMENTS:
        row.part, row.cursor = Part.GRADES, first_page(Part.GRADES, row.run_id)
    elif not told.next:
        row.state, row.ended_at, row.lease_until = FetchState.FETCHED, now, None
        outbox.publish(PlatformFetched(row.id, row.platform.institution), now=now)
    row.save()
    return row


def _pause(row: FetchRow, error: Silent, now: datetime) -> None:
    if row.fails + 1 >= MOST_FAILS:
        _end(row, FetchState.FAILED, now, error.reason)
        return
    due = again_at(now, row.fails, error.retry_after)
    FetchRow.objects.filter(id=row.id, state=FetchState.RUNNING).update(
        fails=row.fails + 1, due=due, lease_until=None, problem=stored([error.message])
    )


def _end(row: FetchRow, state: FetchState, now: datetime, why: Reason) -> None:
    FetchRow.objects.filter(id=row.id, state=FetchState.RUNNING).update(
        state=state, ended_at=now, lease_until=None, problem=stored([why.sentence])
    )


def _locked(actor: Actor, platform_id: UUID) -> PlatformRow:
    row = PlatformRow.objects.select_for_update().filter(id=platform_id).first()
    if row is None or not may_manage_platforms(actor, row.institution):
        raise _unknown()
    return row


def _held(actor: Actor, platform_id: UUID) -> PlatformRow:
    row = PlatformRow.objects.filter(id=platform_id).first()
    if row is None or not may_manage_platforms(actor, row.institution):
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("platform_unknown", "There is no such platform at your institution.")


def _note(actor: Actor, verb: str, row: PlatformRow, now: datetime, after: Mapping[str, Any]) -> None:
    subject = f"courseware.platform:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, institution=row.institution)
