"""Exams are made: drafts with their terms and bank, published as versions that never change."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from linkspan.catalog.queries import courses, exam_owners, program
from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.engines.marking import check_formulas
from linkspan.exams.engines.olx_bank import read_archive
from linkspan.exams.models import ExamPolicyRow, ExamRow, ExamVersionRow, SeriesRow
from linkspan.exams.queries import (
    as_version,
    check_service_on,
    content_shown,
    current_bank_of,
    made_exam,
    pass_mark_of,
    takes_second_person,
    terms_shown,
)
from linkspan.exams.rules import (
    BankChange,
    Draw,
    Item,
    Terms,
    Version,
    check_bank,
    check_code,
    check_complete,
    check_terms,
    compare_banks,
    course_minimums,
    draw_form,
    may_manage_exams,
    may_publish_exam,
    may_set_exam_policy,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.versions import check_seen

#: What a new version begins with.
COPIED = (
    "title",
    "duration_minutes",
    "pass_percent",
    "attempts_allowed",
    "courses",
    "minimums",
    "bank",
    "draw",
    "grace_seconds",
    "most_drawn",
    "seb",
    "seb_settings",
    "watched",
    "conduct",
)


@transaction.atomic
def draft_exam(
    *, actor: Actor, code: str, program_key: str, terms: Terms, now: datetime, bank: Iterable[Item] = ()
) -> Version:
    """Draft a new exam of a program; Refused if its code names an exam already."""
    institution = program_key.partition("/")[0]
    permit(may_manage_exams(actor, institution), "make exams here")
    program(program_key, now.date())
    check_new_code(code, institution)
    fields = {"program_key": program_key, "institution": institution}
    row, created = ExamRow.objects.get_or_create(code=code, defaults=fields)
    if not created:
        words = Phrase("There is an exam {code} already. Make a new version of it, or choose another code.")
        raise Invalid({"code": Sentence("code_taken", words, code=code)})
    version = ExamVersionRow(exam=row, number=1)
    _put_terms(version, terms, now)
    version.bank = [asdict(item) for item in check_bank(bank)]
    return save_draft(version, actor, "draft_exam", now)


def check_new_code(code: str, institution: str) -> None:
    """Invalid if the code cannot be one, or names an exam of another institution or a series."""
    check_code(code)
    owners = exam_owners({code}).get(code, frozenset())
    if owners and institution not in owners:
        words = Phrase("Programs of another institution ask for an exam {code}. Choose another code.")
        raise Invalid({"code": Sentence("code_of_another", words, code=code)})
    if SeriesRow.objects.filter(code=code).exists():
        words = Phrase("There is an exam or a series {code} already. Choose another code.")
        raise Invalid({"code": Sentence("code_taken", words, code=code)})


@transaction.atomic
def draft_version(*, actor: Actor, code: str, now: datetime) -> Version:
    """Begin a new version as a copy of the one in force and what was ruled on it; where there is a draft, give that."""
    row = _exam(actor, code)
    held = row.versions.filter(published_at=None).first()
    if held is not None:
        return as_version(held)
    version = row.in_force
    if version is None:
        raise Refused("nothing_published", "There is no version to begin from.")
    kept = {name: getattr(version, name) for name in COPIED}
    kept |= {"bank": [asdict(one) for one in current_bank_of(version)], "pass_percent": pass_mark_of(version)}
    version = ExamVersionRow(exam=row, number=version.number + 1, **kept)
    return save_draft(version, actor, "draft_version", now)


@transaction.atomic
def change_terms(*, actor: Actor, code: str, terms: Terms, now: datetime, seen: str | None = None) -> Version:
    """Change the terms of the draft. What each course must reach is the program's requirement of the day."""
    version = draft_row(actor, code)
    check_seen(seen, terms_shown(as_version(version).terms))
    _put_terms(version, terms, now)
    return save_draft(version, actor, "change_exam_terms", now)


def take_bank(*, actor: Actor, code: str, archive: bytes, dry_run: bool, now: datetime) -> BankChange:
    """Exchange the draft's bank for that of an OLX archive, or only say what that would change."""
    made_exam(actor, code)
    items = read_archive(archive)
    check_formulas(items)
    return put_bank(actor=actor, code=code, bank=items, dry_run=dry_run, now=now)


@transaction.atomic
def put_bank(*, actor: Actor, code: str, bank: Iterable[Item], now: datetime, dry_run: bool = False) -> BankChange:
    """Exchange the bank of the draft; an item that was retired and is there again stays retired."""
    version = draft_row(actor, code)
    change = compare_banks(as_version(version).bank, check_bank(bank))
    if not dry_run:
        version.bank = [asdict(item) for item in change.bank]
        groups = {item.group for item in change.bank}
        version.draw = [line for line in version.draw if line["group"] in groups]
        told = {name: len(getattr(change, name)) for name in ("bank", "new", "changed", "gone")}
        save_draft(version, actor, "put_exam_bank", now, told)
    return change


@transaction.atomic
def retire_item(*, actor: Actor, code: str, item: str, retired: bool, now: datetime) -> Version:
    """Have an item of the draft drawn no more, or again; attempts of earlier versions keep theirs."""
    version = draft_row(actor, code)
    entry = next((entry for entry in version.bank if entry["id"] == item), None)
    if entry is None:
        raise NotFound("item_unknown", "The draft holds no such item.")
    entry["retired"] = retired
    return save_draft(version, actor, "retire_exam_item", now, {"item": item, "retired": retired})


@transaction.atomic
def discard_draft(*, actor: Actor, code: str, now: datetime) -> None:
    """Throw the draft away; an exam that was never published goes with it."""
    version = draft_row(actor, code)
    exam, number = version.exam, version.number
    version.delete()
    if exam.in_force_id is None:
        exam.delete()
    subject = f"exams.exam:{code}"
    audit.record(actor=actor, verb="discard_exam_draft", subject=subject, now=now, before={"version": number})


@transaction.atomic
def publish_version(*, actor: Actor, code: str, number: int, now: datetime, seen: str | None = None) -> Version:
    """Publish the draft: from now on it never changes, and new attempts are drawn from it.

    Refused while a sitting is open, so that all who sit it at once are asked and judged alike.
    """
    row = _locked(code)
    version = row.versions.filter(number=number).first()
    if version is None:
        raise NotFound("version_unknown", "There is no such version of this exam.")
    found = as_version(version)
    second = takes_second_person(row.institution)
    permit(may_publish_exam(actor, row.institution, (), second), "publish exams here")
    if version.published_at is not None:
        return found
    if not may_publish_exam(actor, row.institution, found.makers, second):
        raise Refused("same_person", "You made this version. Here another person of the program's staff publishes it.")
    check_seen(seen, content_shown(found))
    check_complete(found.terms, found.bank)
    check_service_on(version)
    open_now = row.sittings.filter(cancelled_at=None, opens_at__lte=now, closes_at__gt=now).first()
    if open_now is not None:
        closes = f"{open_now.closes_at:%Y-%m-%d %H:%M} UTC"
        raise Refused("sitting_open", "A sitting is open until {closes}. Publish this version after it.", closes=closes)
    version.published_by, version.published_at = actor.name, now
    version.save(update_fields=["published_by", "published_at"])
    row.in_force = version
    row.save(update_fields=["in_force"])
    _record(version, actor, "publish_exam_version", now, {"items": len(version.bank)})
    return as_version(version)


@transaction.atomic
def set_second_person(*, actor: Actor, institution: str, second_person: bool, now: datetime) -> None:
    """Choose whether exams of the institution are published by another person than made them."""
    permit(may_set_exam_policy(actor, institution), "choose how exams are published here")
    ExamPolicyRow.objects.update_or_create(institution=institution, defaults={"second_person": second_person})
    subject, after = f"exams.institution:{institution}", {"second_person": second_person}
    audit.record(actor=actor, verb="set_exam_second_person", subject=subject, now=now, after=after)


def _locked(code: str) -> ExamRow:
    exam_row(code)
    return ExamRow.objects.select_for_update().get(code=code)


def _exam(actor: Actor, code: str) -> ExamRow:
    """The exam, locked, for who makes exams at its institution."""
    row = _locked(code)
    permit(may_manage_exams(actor, row.institution), "change this exam")
    return row


def draft_row(actor: Actor, code: str) -> ExamVersionRow:
    """The draft, for who makes exams at its institution; Refused if there is none."""
    found = _exam(actor, code).versions.filter(published_at=None).select_related("exam").first()
    if found is None:
        raise Refused("no_draft", "A published version never changes. Begin a new version first.")
    return found


def _put_terms(version: ExamVersionRow, terms: Terms, now: datetime) -> None:
    check_terms(terms)
    unknown = sorted(set(terms.courses) - courses(terms.courses).keys())
    if unknown:
        words = Phrase("No catalogue here has {courses}.")
        raise Invalid({"courses": Sentence("courses_unknown", words, courses=", ".join(unknown))})
    if version.bank:
        check_drawn(as_version(version).bank, terms.draw)
    asked = program(version.exam.program_key, now.date()).requirements
    minimums = course_minimums(asked)
    version.title, version.duration_minutes = terms.title.strip(), terms.minutes
    version.pass_percent, version.attempts_allowed = terms.pass_percent, terms.attempts_allowed
    version.grace_seconds, version.courses = terms.grace_seconds, list(terms.courses)
    version.most_drawn, version.draw = terms.most_drawn, [asdict(line) for line in terms.draw if line.count]
    version.minimums = {course: str(least) for course, least in minimums.items()}


def check_drawn(bank: tuple[Item, ...], blueprint: tuple[Draw, ...]) -> None:
    """Invalid unless the bank has what the blueprint draws."""
    try:
        draw_form(bank, blueprint, 0)
    except Unusable as error:
        raise Invalid({"draw": error.message}) from None


def save_draft(
    version: ExamVersionRow, actor: Actor, verb: str, now: datetime, more: dict[str, Any] | None = None
) -> Version:
    """Save a draft with who made it, and put it on the trail."""
    if actor.person_id is not None and str(actor.person_id) not in version.makers:
        version.makers = [*version.makers, str(actor.person_id)]
    version.made_by, version.made_at = actor.name, now
    version.save()
    _record(version, actor, verb, now, more or {"items": len(version.bank), "draw": version.draw})
    return as_version(version)


def _record(version: ExamVersionRow, actor: Actor, verb: str, now: datetime, told: dict[str, Any]) -> None:
    subject = f"exams.exam:{version.exam_id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after={"version": version.number, **told})
