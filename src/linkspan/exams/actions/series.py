"""Series of exams are made, published as versions that never change, and learners are invited to them."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import accounts_at
from linkspan.catalog.queries import program
from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.rows import exam_row, needed
from linkspan.exams.events import SeriesInvited, SeriesUninvited
from linkspan.exams.models import (
    AttemptRow,
    BookingRow,
    ExamRow,
    InvitationRow,
    SeriesPartRow,
    SeriesRow,
    SeriesVersionRow,
)
from linkspan.exams.queries.making import takes_second_person
from linkspan.exams.queries.series import as_series, series_shown
from linkspan.exams.rules import UNDER_WAY, BookingState, check_code, may_manage_exams, may_publish_exam
from linkspan.exams.rules.series import (
    InviteLine,
    InviteOutcome,
    Series,
    SeriesTerms,
    check_series,
    may_invite,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.versions import check_seen

MOST_LINES = 2000


@transaction.atomic
def draft_series(*, actor: Actor, code: str, program_key: str, terms: SeriesTerms, now: datetime) -> Series:
    """Draft a new series of exams of a program; Invalid if its code names a series or an exam already."""
    institution = program_key.partition("/")[0]
    permit(may_manage_exams(actor, institution), "make exams here")
    check_code(code)
    program(program_key, now.date())
    fields = {"program_key": program_key, "institution": institution}
    row, created = SeriesRow.objects.get_or_create(code=code, defaults=fields)
    if not created or ExamRow.objects.filter(code=code).exists():
        words = Phrase("There is an exam or a series {code} already. Choose another code.")
        raise Invalid({"code": Sentence("code_taken", words, code=code)})
    version = SeriesVersionRow(series=row, number=1)
    return _save(version, terms, actor, "draft_series", now)


@transaction.atomic
def change_series(*, actor: Actor, code: str, terms: SeriesTerms, now: datetime, seen: str | None = None) -> Series:
    """Change the draft of a series, or begin a new version with these terms where there is none.

    Changed if there are other terms than those `seen`.
    """
    row = _locked(code)
    permit(may_manage_exams(actor, row.institution), "change this series")
    newest = row.versions.select_related("series").order_by("-number")[0]
    check_seen(seen, series_shown(as_series(newest).terms))
    if newest.published_at is not None:
        newest = SeriesVersionRow(series=row, number=newest.number + 1)
    return _save(newest, terms, actor, "change_series", now)


@transaction.atomic
def publish_series(*, actor: Actor, code: str, number: int, now: datetime, seen: str | None = None) -> Series:
    """Publish the draft: from now on it never changes, and who begins later is judged by it.

    Who began before keeps the version of that day. Refused while one of its exams is not published, is of another
    institution, or belongs to another series.
    """
    row = _locked(code)
    version = row.versions.select_related("series").filter(number=number).first()
    if version is None:
        raise NotFound("version_unknown", "There is no such version of this series.")
    found = as_series(version)
    second = takes_second_person(row.institution)
    permit(may_publish_exam(actor, row.institution, (), second), "publish exams here")
    if version.published_at is not None:
        return found
    if not may_publish_exam(actor, row.institution, found.makers, second):
        raise Refused("same_person", "You made this version. Here another person of the program's staff publishes it.")
    check_seen(seen, series_shown(found.terms))
    for exam in found.terms.exams:
        _check_exam(exam, row)
    version.published_by, version.published_at = actor.name, now
    version.save(update_fields=["published_by", "published_at"])
    row.in_force = version
    row.save(update_fields=["in_force"])
    _record(row, actor, "publish_series", now, {"version": number, "exams": list(found.terms.exams)})
    return as_series(version)


def _check_exam(code: str, row: SeriesRow) -> None:
    """Refused unless the exam can be in this series; the exam is locked, so that no other series takes it meanwhile."""
    exam = ExamRow.objects.select_for_update(of=("self",)).get(code=code)
    if exam.in_force_id is None:
        raise Refused("exam_unpublished", "The exam {code} is not published yet. Publish it first.", code=code)
    others = SeriesPartRow.objects.filter(exam=exam).exclude(version__series=row).select_related("version__series")
    for part in others:
        if part.version.series.in_force_id == part.version_id:
            other = part.version.series_id
            raise Refused("exam_in_series", "The exam {code} belongs to the series {other}.", code=code, other=other)


@transaction.atomic
def invite_learners(
    *, actor: Actor, code: str, content: str, now: datetime, trial: bool = False
) -> tuple[InviteLine, ...]:
    """Invite the learners of a list, an address a line; what became of each line. A wrong line harms no other.

    Each is told once; who is invited stays so. A trial changes nothing and says the same.
    """
    row = _locked(code)
    permit(may_invite(actor, row.institution), "invite learners here")
    if row.in_force is None or not row.in_force.by_invitation:
        raise Refused("no_invitations", "This series asks for no invitation. Publish a version that does first.")
    lines = _read(content)
    accounts = {str(email): found for email, found in accounts_at(_addresses(lines)).items()}
    held = set(row.invitations.values_list("learner_id", flat=True))
    looked = []
    for number, email in lines:
        looked.append(_invited(number, email, accounts.get(email), actor, held))
        held |= {accounts[email]} if email in accounts else set()
    if trial:
        return tuple(looked)
    for line in looked:
        if line.outcome is InviteOutcome.INVITED:
            learner_id = accounts[line.email]
            InvitationRow.objects.create(learner_id=learner_id, series=row, invited_by=actor.name, at=now)
            outbox.publish(SeriesInvited(learner_id, code, row.in_force.title), now=now)
    invited = sorted(str(accounts[line.email]) for line in looked if line.outcome is InviteOutcome.INVITED)
    if invited:
        _record(row, actor, "invite_learners", now, {"learners": invited})
    return tuple(looked)


def _read(content: str) -> list[tuple[int, str]]:
    """The lines with their numbers: an address each, as lists and spreadsheets have it."""
    rows = ((number, line.strip().strip(",;\"'").strip()) for number, line in enumerate(content.splitlines(), 1))
    lines = [(number, line[:254]) for number, line in rows if line and line.lower() != "email"]
    if not lines:
        raise Unusable("list_empty", "The list holds no address. Write one a line.")
    if len(lines) > MOST_LINES:
        raise Unusable("too_many_rows", "The file has {count} rows. Split it: {most} at once.", **_many(len(lines)))
    return [(number, _normal(line)) for number, line in lines]


def _many(count: int) -> dict[str, int]:
    return {"count": count, "most": MOST_LINES}


def _normal(email: str) -> str:
    with suppress(Unusable):
        return str(address(email))
    return email


def _addresses(lines: list[tuple[int, str]]) -> list[Address]:
    found = []
    for _, line in lines:
        with suppress(Unusable):
            found.append(address(line))
    return found


def _invited(number: int, email: str, learner_id: UUID | None, actor: Actor, held: set[UUID]) -> InviteLine:
    if learner_id is None:
        why = Sentence("account_unknown", "Nobody has an account with this address.")
        return InviteLine(number, email, InviteOutcome.REFUSED, why)
    if actor.is_person(learner_id):
        return InviteLine(number, email, InviteOutcome.REFUSED, Sentence("invites_self", "Nobody invites themselves."))
    return InviteLine(number, email, InviteOutcome.SAME if learner_id in held else InviteOutcome.INVITED)


@transaction.atomic
def withdraw_invitation(*, actor: Actor, code: str, learner_id: UUID, reason: str, now: datetime) -> None:
    """Take an invitation back, with a reason that the learner reads; what they passed stays.

    Refused while they have booked a time of one of its exams, or take one.
    """
    row = _locked(code)
    permit(may_invite(actor, row.institution), "invite learners here")
    why = needed(reason)
    held = row.invitations.filter(learner_id=learner_id).first()
    if held is None:
        raise NotFound("invitation_unknown", "This learner is not invited.")
    exams = SeriesPartRow.objects.filter(version__series=row).values("exam_id")
    booked = BookingRow.objects.filter(learner_id=learner_id, exam_id__in=exams, state=BookingState.BOOKED)
    sits = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id__in=exams, state__in=UNDER_WAY)
    if booked.exists() or sits.exists():
        raise Refused("invitation_used", "They have booked a time or take an exam of it. Take the booking back first.")
    held.delete()
    title = row.in_force.title if row.in_force else code
    outbox.publish(SeriesUninvited(learner_id, code, title, why), now=now)
    subject = f"exams.series:{code}"
    before = {"learner": str(learner_id)}
    audit.record(actor=actor, verb="withdraw_invitation", subject=subject, now=now, before=before, why=why)


def _locked(code: str) -> SeriesRow:
    row = SeriesRow.objects.select_for_update(of=("self",)).select_related("in_force").filter(code=code).first()
    if row is None:
        raise NotFound("series_unknown", "There is no such series, or it is not of your institution.")
    return row


def _save(version: SeriesVersionRow, terms: SeriesTerms, actor: Actor, verb: str, now: datetime) -> Series:
    check_series(terms)
    exams = [_exam_here(code, version.series) for code in terms.exams]
    if actor.person_id is not None and str(actor.person_id) not in version.makers:
        version.makers = [*version.makers, str(actor.person_id)]
    version.title, version.completion, version.best = terms.title.strip(), terms.completion, terms.best
    version.pass_percent, version.in_order = terms.pass_percent, terms.in_order
    version.by_invitation, version.one_fee, version.made_by = terms.by_invitation, terms.one_fee, actor.name
    version.save()
    version.parts.all().delete()
    weights = terms.weights or (None,) * len(exams)
    SeriesPartRow.objects.bulk_create(
        SeriesPartRow(version=version, exam=exam, place=place, weight=weight)
        for place, (exam, weight) in enumerate(zip(exams, weights, strict=True), 1)
    )
    _record(version.series, actor, verb, now, {"version": version.number, "exams": list(terms.exams)})
    return as_series(version)


def _exam_here(code: str, row: SeriesRow) -> ExamRow:
    try:
        exam = exam_row(code)
    except NotFound:
        words = Phrase("There is no exam {code}. Draft it first.")
        raise Invalid({"exams": Sentence("exam_unknown", words, code=code[:64])}) from None
    if exam.program_key != row.program_key:
        words = Phrase("The exam {code} is of another program.")
        raise Invalid({"exams": Sentence("exam_elsewhere", words, code=code)})
    return exam


def _record(row: SeriesRow, actor: Actor, verb: str, now: datetime, told: dict[str, object]) -> None:
    audit.record(actor=actor, verb=verb, subject=f"exams.series:{row.code}", now=now, after=told)
