"""Records come in from a learning platform: what is sound is taken, what is wrong is refused by its row."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import open_accounts
from linkspan.accounts.queries import unconfirmed
from linkspan.courseware.actions import tell_usernames
from linkspan.courseware.queries import fetched_file, file_of, settled
from linkspan.courseware.rules import LearningPlatform, Reading
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.lines import OneLine
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.versions import version_of
from linkspan.records.events import FactRecorded, GradesImported
from linkspan.records.models import ExportRow, FactCheckRow, FactRow
from linkspan.records.queries import AS_IF, checked_file, meets_of, trial
from linkspan.records.rules import (
    DECLARED_BY_LEARNER,
    GRADES,
    CheckedRows,
    Imported,
    Planned,
    check_final,
    imported,
    may_record,
    plan_import,
)

AT_ONCE = 500
EXPORT = Reading()


def import_from_platform(
    *,
    actor: Actor,
    institution: str,
    platform: LearningPlatform,
    now: datetime,
    reason: str = "",
    dry_run: bool = False,
) -> Imported:
    """Take in everybody whom a learning platform hands over, row by row: a wrong row is refused and harms no other.

    The same again adds nothing. A row that says otherwise than the record is refused, unless a `reason` is given for
    the correction. An institution hands over its own grades and credentials, and what learners state of themselves
    only for those whom it teaches. A dry run says the same and changes nothing.
    """
    permit(may_record(actor, institution), "import records here")
    check_final(platform, reason)
    checked = checked_file(institution, platform, now)
    if dry_run:
        return trial(actor, institution, checked, reason.strip())
    with transaction.atomic():
        one_at_a_time("records.import")
        return _import(actor, institution, platform, checked, reason.strip(), now)


@transaction.atomic
def hand_in_export(
    *,
    actor: Actor,
    institution: str,
    name: str,
    content: bytes,
    now: datetime,
    reading: Reading = EXPORT,
) -> UUID:
    """Keep a platform's file for a look at what it would do; the same file that still waits is one.

    It is read as it was handed in last.
    """
    permit(may_record(actor, institution), "import records here")
    name = OneLine.of(name).value or "export.jsonl"
    reading = settled(institution, name, reading)
    if not any(file_of(name, content, reading, now).rows()):
        raise Unusable("export_empty", "The file holds no row. Choose the file as the platform made it.")
    sha256 = storage.keep(content)
    row, created = ExportRow.objects.get_or_create(
        institution=institution,
        sha256=sha256,
        taken_at=None,
        defaults={
            "name": name,
            "read_as": reading.kept(),
            "handed_in_by": actor.person_id,
            "handed_in_by_name": actor.name,
            "handed_in_at": now,
        },
    )
    if not created and (row.name, row.read_as) != (name, reading.kept()):
        row.name, row.read_as = name, reading.kept()
        row.save(update_fields=["name", "read_as"])
    if created:
        after = {"institution": institution, "name": row.name, "sha256": sha256, **reading.kept()}
        audit.record(actor=actor, verb="hand_in_export", subject=f"records.export:{row.id}", now=now, after=after)
    return row.id


def hand_in_fetched(*, fetch_id: UUID, now: datetime) -> None:
    """Keep what a platform told as its file; a fetch that told of no grade leaves none."""
    try:
        institution, name, content, reading = fetched_file(fetch_id)
        actor = system_actor(f"fetched from {reading.place}")
        hand_in_export(actor=actor, institution=institution, name=name, content=content, reading=reading, now=now)
    except (Unusable, NotFound) as error:
        if error.code not in ("export_empty", "fetch_unknown"):
            raise


@transaction.atomic
def take_export(*, actor: Actor, export_id: UUID, reason: str, seen: str | None, now: datetime) -> None:
    """Import an export that was handed in; Refused if it does not do any more what its page showed as `seen`.

    Without a reason its corrections are refused, row by row. A second time changes nothing.
    """
    row = ExportRow.objects.select_for_update().filter(id=export_id).first()
    if row is None or not may_record(actor, row.institution):
        raise NotFound("export_unknown", "There is no such import at your institution.")
    if row.outcome is not None:
        return
    one_at_a_time("records.import")
    file = file_of(row.name, storage.read(row.sha256), Reading.read(row.read_as), now)
    check_final(file, reason)
    checked = checked_file(row.institution, file, now)
    if seen is not None and seen != version_of(trial(actor, row.institution, checked, AS_IF).counts()):
        raise Refused("import_changed", "The records changed since you opened this page. Look again, then import.")
    done = _import(actor, row.institution, file, checked, reason.strip(), now)
    row.taken_at, row.taken_by_name, row.reason, row.outcome = now, actor.name, reason.strip(), done.told()
    row.save(update_fields=["taken_at", "taken_by_name", "reason", "outcome"])


def _import(
    actor: Actor, institution: str, platform: LearningPlatform, checked: CheckedRows, reason: str, now: datetime
) -> Imported:
    source = platform.name[:200]
    meets = meets_of(actor, institution, checked, reason)
    plan = plan_import(checked.rows, meets)
    people = list({fact.email: fact.name for fact in plan.facts}.items())
    ids = open_accounts(actor=actor, people=people, now=now)
    if unconfirmed(ids[email] for email in ids.keys() - meets.accounts.keys()):
        raise Refused("export_overtaken", "Somebody registered an address of the file just now. Import it again.")
    facts = [_row(one, ids[one.email], source, actor, reason, now) for one in plan.facts]
    FactRow.objects.bulk_create(facts, batch_size=AT_ONCE)
    checks = [_vouched(row, source, actor, now) for row in facts if row.kind in DECLARED_BY_LEARNER]
    FactCheckRow.objects.bulk_create(checks, batch_size=AT_ONCE)
    changed = [FactRecorded(row.learner_id, row.kind, row.key, True) for row in facts if row.version > 1]
    if changed:
        outbox.publish_all(changed, now=now)
    if any(row.version == 1 and row.kind in GRADES for row in facts):
        outbox.publish(GradesImported(source, now), now=now)
    done = imported(checked, plan, meets)
    if platform.place:
        refused = {row.row for row in done.refused if row.field in ("email", "username")}
        told = ((one.username, one.email, row not in refused) for row, one in checked.people)
        tell_usernames(actor=actor, institution=institution, place=platform.place, told=told, now=now)
    after = {**done.counts(), "source": source, "institution": institution}
    subject = f"records.import:{source}"[:200]
    audit.record(actor=actor, verb="import_learners", subject=subject, now=now, after=after, why=reason)
    return done


def _row(one: Planned, learner_id: UUID, source: str, actor: Actor, reason: str, now: datetime) -> FactRow:
    origin = one.fact.origin
    return FactRow(
        id=new_id(),
        learner_id=learner_id,
        kind=one.fact.kind,
        key=one.fact.key,
        version=one.version,
        data=one.data,
        source=source,
        told_at=origin.at if origin else None,
        told_sha256=origin.sha256 if origin else "",
        recorded_at=now,
        recorded_by=actor.name,
        reason=reason if one.before is not None else "",
    )


def _vouched(row: FactRow, source: str, actor: Actor, now: datetime) -> FactCheckRow:
    """Declared kinds count as checked by the platform that hands them over."""
    return FactCheckRow(
        learner_id=row.learner_id,
        fact=row,
        accepted=True,
        checked_by=actor.person_id,
        checked_by_name=source,
        checked_at=now,
    )
