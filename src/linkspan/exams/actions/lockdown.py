"""Safe Exam Browser: asked for by a version's settings, and waived by a named proctor until a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as site
from django.db import transaction

from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.making import draft_row, save_draft
from linkspan.exams.actions.rows import attempt_row, exam_row, needed
from linkspan.exams.engines import seb_client
from linkspan.exams.models import AttemptRow, ExamVersionRow, SebWaiverRow, SittingRow
from linkspan.exams.queries import as_exam, as_version, as_waiver, made_exam
from linkspan.exams.rules import (
    LONGEST_WAIVER,
    Lockdown,
    Version,
    Waiver,
    may_manage_exams,
    may_waive_seb,
    read_client_keys,
    read_floors,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Sentence


@transaction.atomic
def put_seb(*, actor: Actor, code: str, settings: Mapping[str, Any] | None, now: datetime) -> Version:
    """Have the draft be taken in Safe Exam Browser with these settings; None asks for it no more.

    Clients were listed for the settings before: with others, that list is empty again.
    """
    version = draft_row(actor, code)
    found = seb_client.lockdown_of(settings, site.BASE_URL) if settings is not None else None
    if found is None or version.seb is None or version.seb["config_key"] != found.config_key:
        version.seb, version.seb_settings = _kept(found), seb_client.to_json(settings)
    return save_draft(version, actor, "put_exam_seb", now, {"config_key": found.config_key if found else None})


def put_plain_seb(*, actor: Actor, code: str, versions: Iterable[str], quit_url: str, now: datetime) -> Version:
    """Have the draft be taken in Safe Exam Browser with settings that we write; without a quit link, with ours."""
    base = f"{site.BASE_URL.rstrip('/')}/exams/{code}/seb/"
    leave = quit_url.strip() or f"{base}leave/"
    plain = seb_client.plain_settings(base, leave, read_floors(one for one in versions if one.strip()))
    return put_seb(actor=actor, code=code, settings=plain, now=now)


def take_seb_file(*, actor: Actor, code: str, content: bytes, now: datetime) -> Version:
    """Have the draft be taken with the settings of a .seb file, or of the same as JSON."""
    made_exam(actor, code)
    return put_seb(actor=actor, code=code, settings=seb_client.read_upload(content), now=now)


@transaction.atomic
def list_seb_clients(*, actor: Actor, code: str, number: int, keys: Iterable[str], now: datetime) -> Version:
    """Take only clients with one of these Browser Exam Keys, of a published version too; none takes any client.

    A client's key changes with each of its versions, while what an exam asks does not.
    """
    row = exam_row(code)
    permit(may_manage_exams(actor, row.institution), "change this exam")
    rows = ExamVersionRow.objects.select_for_update(of=("self",)).select_related("exam")
    version = rows.filter(exam=row, number=number).first()
    if version is None:
        raise NotFound("version_unknown", "There is no such version of this exam.")
    if version.seb is None:
        raise Refused("no_seb", "This version is not taken in Safe Exam Browser.")
    before, listed = version.seb["client_keys"], list(read_client_keys(keys))
    if listed != before:
        version.seb = version.seb | {"client_keys": listed}
        version.save(update_fields=["seb"])
        told = {"version": number, "client_keys": listed}
        subject = f"exams.exam:{code}"
        audit.record(
            actor=actor, verb="list_seb_clients", subject=subject, now=now, before={"client_keys": before}, after=told
        )
    return as_version(version)


@transaction.atomic
def waive_seb_for_attempt(*, actor: Actor, attempt_id: UUID, minutes: int, reason: str, now: datetime) -> Waiver:
    """Let one attempt go on in any browser for some minutes, with a reason that stays with it."""
    row = attempt_row(attempt_id)
    exam = as_exam(row.version)
    permit(may_waive_seb(actor, exam, (row.learner_id,)), "waive Safe Exam Browser here")
    if exam.seb is None:
        raise Refused("no_seb", "This exam is not taken in Safe Exam Browser.")
    return _waived(row.sitting, row, actor, minutes, reason, now)


@transaction.atomic
def waive_seb_for_sitting(*, actor: Actor, sitting_id: UUID, minutes: int, reason: str, now: datetime) -> Waiver:
    """Let everybody in a sitting go on in any browser for some minutes, with a reason that stays with it."""
    rows = SittingRow.objects.select_for_update(of=("self",)).select_related("exam__in_force__exam")
    row = rows.filter(id=sitting_id).first()
    if row is None or row.exam.in_force is None:
        raise NotFound("sitting_unknown", "There is no such sitting.")
    exam, sitters = as_exam(row.exam.in_force), row.attempts.values_list("learner_id", flat=True)
    permit(may_waive_seb(actor, exam, sitters), "waive Safe Exam Browser here")
    if exam.seb is None:
        raise Refused("no_seb", "This exam is not taken in Safe Exam Browser.")
    if row.cancelled_at is not None or now >= row.closes_at:
        raise Refused("sitting_over", "This sitting is over.")
    return _waived(row, None, actor, minutes, reason, now)


@transaction.atomic
def end_seb_waiver(*, actor: Actor, waiver_id: UUID, now: datetime) -> None:
    """End a waiver before its time; one that has ended stays as it is."""
    rows = SebWaiverRow.objects.select_for_update(of=("self",)).select_related("attempt__version__exam")
    row = rows.select_related("sitting__exam__in_force__exam").filter(id=waiver_id).first()
    if row is None:
        raise NotFound("waiver_unknown", "There is no such waiver.")
    version = row.attempt.version if row.attempt else row.sitting.exam.in_force
    if version is None:
        raise NotFound("waiver_unknown", "There is no such waiver.")
    sitters = (row.attempt.learner_id,) if row.attempt else row.sitting.attempts.values_list("learner_id", flat=True)
    permit(may_waive_seb(actor, as_exam(version), sitters), "end this waiver")
    if row.ends_at > now:
        row.ends_at = now
        row.save(update_fields=["ends_at"])
        audit.record(actor=actor, verb="end_seb_waiver", subject=_subject(row), now=now)


def _waived(
    sitting: SittingRow, attempt: AttemptRow | None, actor: Actor, minutes: int, reason: str, now: datetime
) -> Waiver:
    """A waiver; where one that lasts as long is there, that."""
    if not 1 <= minutes <= LONGEST_WAIVER:
        raise Invalid({"minutes": Sentence("minutes_unusable", "Enter 1 to {most} minutes.", most=LONGEST_WAIVER)})
    ends = now + timedelta(minutes=minutes)
    held = SebWaiverRow.objects.filter(sitting=sitting, attempt=attempt, ends_at__gte=ends).first()
    if held is not None:
        return as_waiver(held)
    row = SebWaiverRow.objects.create(
        sitting=sitting,
        attempt=attempt,
        reason=needed(reason),
        given_by=actor.name,
        given_by_id=actor.person_id,
        given_at=now,
        ends_at=ends,
    )
    told = {"ends_at": ends.isoformat()}
    audit.record(actor=actor, verb="waive_seb", subject=_subject(row), now=now, after=told, why=row.reason)
    return as_waiver(row)


def _subject(row: SebWaiverRow) -> str:
    return f"exams.attempt:{row.attempt_id}" if row.attempt_id else f"exams.sitting:{row.sitting_id}"


def _kept(found: Lockdown | None) -> dict[str, Any] | None:
    if found is None:
        return None
    versions = [str(floor) for floor in found.versions]
    return {"config_key": found.config_key, "client_keys": [], "versions": versions, "quit_url": found.quit_url}
