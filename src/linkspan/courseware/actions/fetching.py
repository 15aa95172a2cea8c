"""An Open edX is entered and asked for a run's enrolments and grades; what it told goes to `records` as a file."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q

from linkspan.catalog.queries import course_run
from linkspan.courseware.engines import open_edx
from linkspan.courseware.engines.open_edx import Client, Silent
from linkspan.courseware.events import PlatformFetched
from linkspan.courseware.models import BusMessageRow, FetchedRow, FetchRow, PlatformRow
from linkspan.courseware.queries.fetching import client_of
from linkspan.courseware.rules import FetchState, Part, may_manage_platforms, place_of
from linkspan.courseware.rules.events import MessageState
from linkspan.courseware.rules.fetching import (
    COMPARED_AFTER,
    COMPARED_EACH,
    EVIDENCE,
    LONGEST_CLIENT,
    LONGEST_SECRET,
    MOST_FAILS,
    MOST_PAGES,
    MOST_SITTINGS,
    NEWS_EACH,
    PageTold,
    again_at,
    ahead_of,
    first_page,
    has_evidence,
    instant_of,
    page_told,
    path_of,
    refusal,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.reasons import Reason, stored

#: Pages of one fetch at one round of the worker: half of what Open edX lets staff ask in that time.
PAGES_AT_ONCE = 20
LEASE = timedelta(minutes=15)
CLOCK = system_actor("clock")
_RUNS = Count("id", filter=Q(state=FetchState.RUNNING))


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
def start_fetch(*, actor: Actor, platform_id: UUID, run_id: str, now: datetime, compares: bool = False) -> UUID:
    """Have a run's enrolments and grades fetched by the worker; the one that runs already is the one.

    `compares` asks for what a comparison with the record needs besides, and leaves no file to be imported.
    """
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
            "compares": compares,
        },
    )
    if created:
        _note(actor, "start_comparison" if compares else "start_fetch", row, now, {"run": run_id})
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


def compare_due(now: datetime) -> None:
    """Ask for a comparison of each run that was fetched before, until some weeks after its end: once a week.

    Where the event bus told of a run since it was asked, it is asked again after an hour.
    """
    pairs = FetchRow.objects.values_list("platform_id", "run_id").annotate(last=Max("asked_at"), running=_RUNS)
    told = _told_of()
    due = [
        (one, run)
        for one, run, last, runs in pairs.order_by()
        if not runs and last <= now - (NEWS_EACH if last < told.get((one, run), last) else COMPARED_EACH)
    ]
    each_due("courseware.compare_due", due, lambda one: _compare(*one, now), now=now, named=_both)


def _told_of() -> dict[tuple[UUID, str], datetime]:
    """When the event bus told last of each run of each platform."""
    rows = BusMessageRow.objects.filter(state=MessageState.KEPT).values_list("institution", "place", "run_id")
    told = {tuple(about): last for *about, last in rows.annotate(last=Max("received_at")).order_by()}
    platforms = {(row.institution, row.place): row.id for row in PlatformRow.objects.all()} if told else {}
    return {
        (platforms[school, place], run): at for (school, place, run), at in told.items() if (school, place) in platforms
    }


def _both(one: tuple[UUID, str]) -> str:
    return f"{one[1]} {one[0]}"


def _compare(platform_id: UUID, run_id: str, now: datetime) -> None:
    fetched = FetchRow.objects.filter(platform_id=platform_id, run_id=run_id, state=FetchState.FETCHED)
    if course_run(run_id).ends + COMPARED_AFTER > now and fetched.exists():
        start_fetch(actor=CLOCK, platform_id=platform_id, run_id=run_id, now=now, compares=True)


def _go_on(fetch_id: UUID, now: datetime) -> None:
    row = _claimed(fetch_id, now)
    if row is None:
        return
    client, token = client_of(row.platform), ""
    try:
        token = open_edx.token_of(client)
        for _ in range(PAGES_AT_ONCE):
            told, token = _page(client, token, row, now)
            row = _keep(row, told, now)
            if row.state != FetchState.RUNNING:
                return
    except Silent as error:
        _pause(row, error, now)
    except Unusable as error:
        _end(row, FetchState.FAILED, now, error.reason)
    else:
        FetchRow.objects.filter(id=row.id).update(lease_until=None)


def _page(client: Client, token: str, row: FetchRow, now: datetime) -> tuple[PageTold, str]:
    """The page of the cursor; with another token where this one has ended in the middle."""
    part = Part(row.part)
    path = path_of(part, row.run_id, row.cursor)
    answer = open_edx.page(client, token, path)
    if answer.status == 401:
        token = open_edx.token_of(client)
        answer = open_edx.page(client, token, path)
    row.ahead = ahead_of(now, instant_of(answer.headers.get("date", "")))
    if part is Part.CERTIFICATES and answer.status == 404:
        return page_told(part, client.place, row.cursor, None), token
    if part in EVIDENCE and answer.status in (401, 403, 404):
        return PageTold((), "", refused=True), token
    if answer.status != 200:
        raise refusal(answer.status)
    return page_told(part, client.place, row.cursor, open_edx.told_in(answer)), token


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
    if row is None or row.state != FetchState.RUNNING or (row.part, row.cursor) != (claimed.part, claimed.cursor):
        claimed.state = FetchState.STOPPED if row is None else row.state
        return row or claimed
    _keep_rows(row, told)
    row.pages, row.fails, row.problem, row.ahead = row.pages + 1, 0, [], claimed.ahead
    if row.part != Part.CERTIFICATES and row.pages >= MOST_PAGES and row.pages >= MOST_PAGES + row.rows.count():
        raise Unusable("page_repeats", "The platform names the same page as the next one.")
    row.part, row.cursor = _after(row, told)
    if not row.part:
        row.part, row.state, row.ended_at, row.lease_until = claimed.part, FetchState.FETCHED, now, None
        outbox.publish(PlatformFetched(row.id, row.platform.institution, row.compares), now=now)
    row.save()
    return row


def _keep_rows(row: FetchRow, told: PageTold) -> None:
    field = {Part.ENROLMENTS: "enrolment", Part.GRADES: "grade", Part.CERTIFICATES: "certificate"}.get(Part(row.part))
    found: dict[str, Any] = {}
    if field is None:  # a sitting is one of several of somebody
        field = "sittings"
        names = {name for name, _ in told.rows}
        found = dict(row.rows.filter(username__in=names).values_list("username", "sittings"))
        for name, data in told.rows:
            found[name] = dict(list({**found.get(name, {}), **data}.items())[-MOST_SITTINGS:])
    else:
        found = dict(told.rows)
    FetchedRow.objects.bulk_create(
        [FetchedRow(fetch=row, username=name, **{field: data}) for name, data in found.items()],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["fetch", "username"],
        update_fields=[field],
    )


def _after(row: FetchRow, told: PageTold) -> tuple[str, str]:
    """The part and the cursor to go on with; empty after the last."""
    part = Part(row.part)
    if part is Part.CERTIFICATES and not told.refused:
        following = _next_certificate(row, row.cursor)
    else:
        following = told.next
    if following:
        return part, following
    if part is Part.ENROLMENTS:
        return Part.GRADES, first_page(Part.GRADES, row.run_id)
    if part is Part.GRADES and row.compares and (first := _next_certificate(row, "")):
        return Part.CERTIFICATES, first
    if part is not Part.SITTINGS and row.compares:
        return Part.SITTINGS, first_page(Part.SITTINGS, row.run_id)
    return "", ""


def _next_certificate(row: FetchRow, after: str) -> str:
    """The username whose certificate is asked next; empty after the last."""
    rows = row.rows.filter(grade__isnull=False, username__gt=after).order_by("username")
    told = rows.values_list("username", "enrolment").iterator(chunk_size=50)
    return next((name for name, enrolment in told if has_evidence(enrolment)), "")


def _pause(row: FetchRow, error: Silent, now: datetime) -> None:
    if row.fails + 1 >= MOST_FAILS:
        _end(row, FetchState.FAILED, now, error.reason)
        return
    due = again_at(now, row.fails, error.retry_after, instant_of(error.date))
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
