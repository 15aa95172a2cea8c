"""Entries are prepared, looked at, and published: by a second person where the institution asks for one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.catalog.actions import entries as verbs
from linkspan.catalog.actions.checks import check_entry
from linkspan.catalog.actions.prices import set_price
from linkspan.catalog.engines.entries import (
    AnyEntry,
    Course,
    Price,
    Program,
    Requirements,
    Run,
    Term,
    content_of,
    key_of,
    kind_of,
    needs_of,
    read_entry,
)
from linkspan.catalog.engines.holders import HOLDERS
from linkspan.catalog.models import CatalogPolicyRow, ChangeRow, CourseRow, CourseRunRow, ProgramRow, TermRow
from linkspan.catalog.queries import changes_to_publish_at, published_entry, publishes_with_second, waiting_version
from linkspan.catalog.queries.entries import change_of, waiting_among, waiting_at
from linkspan.catalog.rules import (
    Change,
    Kind,
    may_edit_catalog,
    may_publish_catalog,
    may_publish_change,
    may_publish_kind,
    may_set_catalog_policy,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.versions import check_seen, version_of


@transaction.atomic
def prepare_change(
    *, actor: Actor, institution: str, kind: Kind, told: object, now: datetime, seen: str | None = None
) -> Change | None:
    """Keep an entry, new or changed, until it is published; None if it says what is public already.

    Invalid names the fields that cannot be used. `seen` is the version of what its form showed.
    """
    permit(may_edit_catalog(actor, institution), "prepare entries of this catalogue")
    entry = read_entry(kind, told)
    key, content = key_of(institution, entry), content_of(entry)
    alone_at(institution)
    before = published_entry(institution, kind, key)
    row = ChangeRow.objects.select_for_update().filter(institution=institution, kind=kind, key=key).first()
    check_seen(seen, row.content if row else before or {})
    if content == before:
        if row is not None:
            _drop(actor, row, now)
        return None
    whole = kind in HOLDERS or kind is Kind.TERM
    coming = waiting_at(institution) if whole else waiting_among(institution, needs_of(institution, entry))
    check_entry(actor, institution, entry, before, now, coming=coming)
    if row is not None and (row.content, row.before) == (content, before):
        return change_of(row)
    fields = {"content": content, "before": before, "prepared_by": actor.person_id, "preparer": actor.name}
    row, _ = ChangeRow.objects.update_or_create(
        institution=institution, kind=kind, key=key, defaults={**fields, "prepared_at": now}
    )
    subject = f"catalog.{kind}:{key}"
    audit.record(actor=actor, verb="prepare_change", subject=subject, now=now, before=before, after=content)
    return change_of(row)


@transaction.atomic
def kept_for_second(*, actor: Actor, institution: str, kind: Kind, told: object, now: datetime) -> bool:
    """Whether an entry waits for a second person now, because its institution asks for one; False leaves it to publish.

    What a domain publishes by a page of its own asks here first, so that no page is a way around the second person.
    """
    if actor.is_system or not publishes_with_second(institution):
        return False
    return prepare_change(actor=actor, institution=institution, kind=kind, told=told, now=now) is not None


@transaction.atomic
def publish_change(*, actor: Actor, change_id: UUID, now: datetime, seen: str | None = None) -> Change:
    """Make a prepared entry public, as it was looked at; Refused if that, or what it replaces, was changed since."""
    row = _waiting(actor, change_id)
    found = change_of(row)
    permit(may_publish_kind(actor, row.institution, found.kind), "publish such entries of this catalogue")
    if not may_publish_change(actor, found, publishes_with_second(row.institution)):
        raise Refused("second_person", "You prepared this. Another person of your institution publishes it.")
    before = published_entry(row.institution, found.kind, row.key)
    if before != row.before or (seen is not None and seen != version_of(row.content)):
        raise Refused("changed_since", "This was changed since it was looked at. Open it again, and check it.")
    entry = read_entry(found.kind, row.content)
    check_entry(actor, row.institution, entry, before, now)
    row.delete()
    publish_entry(actor, found.institution, entry, before, now)
    return found


def publish_changes(*, actor: Actor, institution: str, now: datetime, seen: str | None = None) -> Each[Change, Change]:
    """Make all public that waits and that the actor may publish, each by itself, and what others need first.

    Refused if another list was looked at (`waiting_version`).
    """
    permit(may_publish_catalog(actor, institution), "publish entries of this catalogue")
    found = changes_to_publish_at(actor, institution)
    if seen is not None and seen != waiting_version(found):
        raise Refused("changed_since", "What waits was changed since it was looked at. Look at it again.")
    return each(
        found,
        lambda one: publish_change(actor=actor, change_id=one.id, now=now, seen=version_of(one.content)),
    )


@transaction.atomic
def discard_change(*, actor: Actor, change_id: UUID, now: datetime) -> None:
    """Discard a prepared entry; what is public stays."""
    _drop(actor, _waiting(actor, change_id), now)


@transaction.atomic
def set_catalog_four_eyes(*, actor: Actor, institution: str, four_eyes: bool, now: datetime) -> None:
    """Choose whether entries of the catalogue are published by another person than prepared them."""
    permit(may_set_catalog_policy(actor, institution), "choose how this catalogue is published")
    CatalogPolicyRow.objects.update_or_create(institution=institution, defaults={"four_eyes": four_eyes})
    subject, after = f"catalog.institution:{institution}", {"four_eyes": four_eyes}
    audit.record(actor=actor, verb="set_catalog_four_eyes", subject=subject, now=now, after=after)


def publish_entry(
    actor: Actor, institution: str, entry: AnyEntry, before: Mapping[str, object] | None, now: datetime
) -> None:
    """Do what makes a checked entry public."""
    match entry:
        case Course():
            _publish_course(actor, institution, entry, before is None, now)
        case Run():
            _publish_run(actor, institution, entry, before is None, now)
        case Program():
            _publish_program(actor, institution, entry, before is None, now)
        case Requirements():
            verbs.publish_requirements(
                actor=actor,
                program_key=f"{institution}/{entry.program}",
                catalogue_year=entry.catalogue_year,
                requirements=entry.requirements,
                valid_from=entry.valid_from,
                not_here_yet=entry.not_here_yet,
                now=now,
            )
        case Price():
            set_price(
                actor=actor,
                institution=institution,
                subject=entry.subject,
                price=entry.money,
                valid_from=entry.valid_from,
                now=now,
            )
        case Term():
            _publish_term(actor, institution, entry, before, now)
        case _:
            HOLDERS[kind_of(entry)].publish(actor, institution, entry, now)


def _publish_term(
    actor: Actor, institution: str, entry: Term, before: Mapping[str, object] | None, now: datetime
) -> None:
    key, fields = key_of(institution, entry), dict(entry)
    TermRow.objects.update_or_create(key=key, defaults={**fields, "institution": institution})
    subject, verb = f"catalog.term:{key}", "add_term" if before is None else "change_entry"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, before=before, after=content_of(entry))


def _publish_course(actor: Actor, institution: str, entry: Course, new: bool, now: datetime) -> None:
    if new:
        verbs.add_course(actor=actor, institution=institution, now=now, **dict(entry))
        return
    row = CourseRow.objects.select_for_update().get(key=key_of(institution, entry))
    fields = entry.model_dump(exclude={"code"})
    verbs.change_row(actor=actor, row=row, subject=f"catalog.course:{row.key}", fields=fields, now=now)


def _publish_run(actor: Actor, institution: str, entry: Run, new: bool, now: datetime) -> None:
    dates = entry.model_dump(exclude={"id", "course", "time_zone"})
    if new:
        course = f"{institution}/{entry.course}"
        verbs.add_run(actor=actor, run_id=entry.id, course_key=course, dates=dates, zone=entry.time_zone, now=now)
        return
    row = CourseRunRow.objects.select_for_update().get(id=entry.id)
    fields = {**dates, "time_zone": entry.time_zone}
    verbs.change_row(actor=actor, row=row, subject=f"catalog.run:{row.id}", fields=fields, now=now)


def _publish_program(actor: Actor, institution: str, entry: Program, new: bool, now: datetime) -> None:
    if new:
        verbs.add_program(actor=actor, institution=institution, now=now, **dict(entry))
        return
    row = ProgramRow.objects.select_for_update().get(key=key_of(institution, entry))
    fields = entry.model_dump(exclude={"code"})
    verbs.change_row(actor=actor, row=row, subject=f"catalog.program:{row.key}", fields=fields, now=now)


def _waiting(actor: Actor, change_id: UUID) -> ChangeRow:
    """The row of a change for update. The catalogue is locked before its row, as by those who prepare one."""
    row = ChangeRow.objects.filter(id=change_id).first()
    if row is not None and may_edit_catalog(actor, row.institution):
        alone_at(row.institution)
        row = ChangeRow.objects.select_for_update().filter(id=change_id).first()
        if row is not None:
            return row
    raise NotFound("change_unknown", "No such change waits. It may be published or discarded already.")


def alone_at(institution: str) -> None:
    """Change the catalogue of an institution alone: one entry may need another, and a file changes many."""
    one_at_a_time(f"catalog.changes:{institution}")


def _drop(actor: Actor, row: ChangeRow, now: datetime) -> None:
    subject = f"catalog.{row.kind}:{row.key}"
    audit.record(actor=actor, verb="discard_change", subject=subject, now=now, before=row.content)
    row.delete()
