"""What a platform told of a run is compared with the record and kept; nothing on record moves by itself."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import accounts_at, unconfirmed
from linkspan.courseware.actions import tell_usernames
from linkspan.courseware.queries import FetchedRun, fetched_file, fetched_run, linked_people
from linkspan.courseware.rules import PlatformRow, may_manage_platforms
from linkspan.enrolment.queries import learners_of_run, verified_learners
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused
from linkspan.kernel.ids import new_id
from linkspan.kernel.locks import one_at_a_time
from linkspan.records.actions.imports import hand_in_export
from linkspan.records.models import ComparedRow, ComparisonRow, FactRow
from linkspan.records.queries.comparing import is_newest
from linkspan.records.rules import Kind
from linkspan.records.rules.comparing import (
    TAKEN_OVER,
    Line,
    Side,
    Standing,
    check_open,
    check_reason,
    side_here,
    side_there,
    standing,
)

AT_ONCE = 500
SYSTEM = system_actor("comparison")


@transaction.atomic
def compare_fetched(*, fetch_id: UUID, now: datetime) -> UUID | None:
    """Compare what a fetch told with the record, and keep it; None for a fetch that is gone. Each is compared once."""
    try:
        institution, platform_id, told = fetched_run(fetch_id)
    except NotFound:
        return None
    one_at_a_time(f"comparison {platform_id} {told.run.id}")
    if held := ComparisonRow.objects.filter(fetch_id=fetch_id).first():
        return held.id
    rows = tuple(told.rows())
    linked = linked_people(institution, told.place)
    people = _people(linked, rows)
    lines = tuple(_lines(told, rows, people, {who: name for name, who in linked.items()}, now))
    named = [(row.learner.person.username, row.learner.person.email) for row in rows if row.learner]
    usernames = [(name, email, name in people) for name, email in named]
    tell_usernames(actor=SYSTEM, institution=institution, place=told.place, told=usernames, now=now)
    runs = ComparisonRow.objects.filter(platform_id=platform_id, run_id=told.run.id)
    before = runs.order_by("-made_at", "-id").first()
    made = ComparisonRow(
        id=new_id(),
        institution=institution,
        platform_id=platform_id,
        place=told.place,
        run_id=told.run.id,
        fetch_id=fetch_id,
        told_at=told.told_at,
        made_at=now,
    )
    _keep(made, lines, before)
    return made.id


@transaction.atomic
def leave_difference(*, actor: Actor, line_id: UUID, reason: str, now: datetime) -> None:
    """Leave a line as it is, for a reason that is kept as long as both sides say the same; again changes nothing."""
    row = _line(actor, line_id)
    why = check_reason(reason)
    check_open(Standing(row.state), is_newest(row.comparison))
    if row.left_at is not None:
        return
    row.left_at, row.left_by_name, row.left_reason = now, actor.name, why
    row.save(update_fields=["left_at", "left_by_name", "left_reason"])
    after = {"run": row.comparison.run_id, "username": row.username, "learner": row.learner_id, "state": row.state}
    subject = f"records.compared:{row.id}"
    school = row.comparison.institution
    audit.record(
        actor=actor, verb="leave_difference", subject=subject, now=now, after=after, why=why, institution=school
    )


def take_over(*, actor: Actor, comparison_id: UUID, lines: Collection[UUID], now: datetime) -> UUID:
    """Have what the platform told of those lines, or of all that nobody left, wait as a file under Import records.

    Nothing is on record before somebody imports it there.
    """
    made = ComparisonRow.objects.filter(id=comparison_id).first()
    if made is None or not may_manage_platforms(actor, made.institution):
        raise _unknown()
    rows = made.lines.filter(state__in=[*TAKEN_OVER], there__isnull=False)
    rows = rows.filter(id__in=lines) if lines else rows.filter(left_at=None)
    names = {row.username for row in rows if row.there and row.there["percent"] is not None}
    if not names:
        raise Refused("nothing_to_take_over", "The platform told no grade here that is not on record.")
    if not is_newest(made):
        raise Refused("comparison_old", "A newer comparison of this run is there. Decide on that one.")
    school, name, content, reading = fetched_file(made.fetch_id, names)
    return hand_in_export(actor=actor, institution=school, name=name, content=content, reading=reading, now=now)


def _people(linked: Mapping[str, UUID], rows: Collection[PlatformRow]) -> dict[str, UUID]:
    """Who is behind each username: by a link, or by an address that somebody here has confirmed."""
    told = [row.learner.person for row in rows if row.learner]
    at = accounts_at(one.email for one in told if one.email)
    strangers = unconfirmed(at.values())
    by_address = {one.username: at[one.email] for one in told if one.email in at and at[one.email] not in strangers}
    return by_address | {one.username: linked[one.username] for one in told if one.username in linked}


def _lines(
    platform: FetchedRun,
    rows: Collection[PlatformRow],
    people: Mapping[str, UUID],
    names: Mapping[UUID, str],
    now: datetime,
) -> Iterator[Line]:
    """A line for each username there, then for those who are here alone, by their username where one is linked."""
    here, enrolled = _on_record(platform.run.id), set(learners_of_run(SYSTEM, platform.run.id))
    for row in rows:
        if row.learner is None:
            continue
        name = row.learner.person.username
        who = people.get(name)
        there, mine = side_there(row.learner, platform.name, now), here.get(who) if who else None
        state = standing(
            mine, there, known=who is not None, enrolled=who in enrolled, left_out=row.left_out, problem=row.problem
        )
        yield Line(name, who, state, mine, there)
    alone = ({*here} | {*verified_learners(platform.run.id)}) - {*people.values()}
    for who in sorted(alone):
        yield Line(names.get(who, ""), who, Standing.MISSING_THERE, here.get(who), None)


def _on_record(run_id: str) -> dict[UUID, Side]:
    """The newest grade on record of everybody who has one of the run."""
    rows = FactRow.objects.filter(kind=Kind.COURSE_GRADE, key=run_id).order_by("version")
    told = rows.values_list("learner_id", "data", "source", "told_at", "told_sha256", "recorded_at")
    return {who: side_here(*rest) for who, *rest in told.iterator(chunk_size=2_000)}


def _keep(made: ComparisonRow, lines: Collection[Line], before: ComparisonRow | None) -> None:
    """Keep the lines; one that says the same as before keeps since when it is so, and who left it."""
    old = {row.username or str(row.learner_id): row for row in before.lines.iterator(2_000)} if before else {}
    kept = [_row(made, line, old.get(line.key)) for line in lines]
    made.counts = dict(Counter(line.state.value for line in lines))
    made.changed = sum(row.is_new for row in kept)
    made.gone = len(old.keys() - {line.key for line in lines})
    made.save()
    ComparedRow.objects.bulk_create(kept, batch_size=AT_ONCE)


def _row(made: ComparisonRow, line: Line, old: ComparedRow | None) -> ComparedRow:
    row = ComparedRow(
        id=new_id(),
        comparison=made,
        learner_id=line.learner_id,
        username=line.username,
        state=line.state,
        here=line.here.kept() if line.here else None,
        there=line.there.kept() if line.there else None,
        digest=line.digest,
        since=made.made_at,
        is_new=True,
    )
    if old is not None and old.digest == row.digest:
        row.since, row.is_new = old.since, False
        row.left_at, row.left_by_name, row.left_reason = old.left_at, old.left_by_name, old.left_reason
    return row


def _line(actor: Actor, line_id: UUID) -> ComparedRow:
    rows = ComparedRow.objects.select_for_update(of=("self",)).select_related("comparison")
    row = rows.filter(id=line_id).first()
    if row is None or not may_manage_platforms(actor, row.comparison.institution):
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("comparison_unknown", "There is no such comparison at your institution.")
