"""Accommodations of many learners from a file, looked at first, row by row."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from linkspan.accounts.queries import accounts_at
from linkspan.exams.actions.accommodations import approve_accommodation, proposes, stands
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.engines.accommodation_list import read_accommodations
from linkspan.exams.models import ExamRow
from linkspan.exams.rules import (
    Accommodation,
    AccommodationKind,
    AccommodationLine,
    AccommodationOutcome,
    may_decide_accommodation,
    may_list_accommodations,
)
from linkspan.exams.rules.accommodations import checked
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.each import each
from linkspan.kernel.errors import LinkspanError, Unusable, permit
from linkspan.kernel.reasons import Reason, Sentence


def take_accommodations(
    *, actor: Actor, code: str, content: str, now: datetime, trial: bool = False
) -> tuple[AccommodationLine, ...]:
    """Grant accommodations to many learners, each by itself; return what became of each row.

    CSV: email, percent; or email, kind, amount, times, words, last_day, a learner once for each kind. A trial changes
    nothing and says the same. Unusable if the file as a whole cannot be read.
    """
    exam = exam_row(code)
    permit(may_list_accommodations(actor, exam.institution), "approve accommodations here")
    lines = read_accommodations(content)
    accounts = {str(email): person_id for email, person_id in accounts_at(_addresses(lines)).items()}
    twice = {key for key, count in Counter((line.email, line.kind) for line in lines).items() if count > 1}
    looked = tuple(
        _looked(actor, exam, line, accounts.get(line.email), (line.email, line.kind) in twice, now) for line in lines
    )
    if trial:
        return looked

    def grant(line: AccommodationLine) -> None:
        approve_accommodation(
            actor=actor,
            learner_id=accounts[line.email],
            code=code,
            accommodation=_one(line),
            last_day=_last_day(line),
            now=now,
        )

    todo = [line for line in looked if line.outcome in (AccommodationOutcome.GRANTED, AccommodationOutcome.PROPOSED)]
    failed = {no.one.row: _sentence(no.reason) for no in each(todo, grant).failed}
    return tuple(_refused(line, failed[line.row]) if line.row in failed else line for line in looked)


def _addresses(lines: Iterable[AccommodationLine]) -> Iterator[Address]:
    for line in lines:
        with suppress(Unusable):
            yield address(line.email)


def _looked(
    actor: Actor, exam: ExamRow, line: AccommodationLine, learner_id: UUID | None, twice: bool, now: datetime
) -> AccommodationLine:
    if twice:
        return _refused(line, Sentence("row_twice", "This learner stands in the file twice. Leave one row."))
    if learner_id is None:
        return _refused(line, Sentence("account_unknown", "Nobody has an account with this address."))
    try:
        permit(may_decide_accommodation(actor, exam.institution, learner_id), "approve accommodations here")
        one, last_day = checked(_one(line)), _last_day(line)
        if last_day is not None and last_day < now.date():
            raise Unusable("last_day_over", "The last day is over already.")
    except LinkspanError as no:
        return _refused(line, _sentence(no.reason))
    if stands(learner_id, exam.code, one, last_day, now):
        return replace(line, outcome=AccommodationOutcome.SAME)
    if one.kind is AccommodationKind.EXEMPTION:
        return replace(line, outcome=proposes(actor, learner_id, exam.code))
    return line


def _one(line: AccommodationLine) -> Accommodation:
    try:
        kind = AccommodationKind(line.kind)
    except ValueError:
        known = ", ".join(AccommodationKind)
        raise Unusable("kind_unknown", "The kind is one of: {known}.", known=known) from None
    return Accommodation(kind, line.amount, line.times, line.words)


def _last_day(line: AccommodationLine) -> date | None:
    try:
        return date.fromisoformat(line.last_day) if line.last_day else None
    except ValueError:
        raise Unusable("last_day_unusable", "Write the last day as 2027-06-30.") from None


def _refused(line: AccommodationLine, reason: str) -> AccommodationLine:
    return replace(line, outcome=AccommodationOutcome.REFUSED, reason=reason)


def _sentence(reason: Reason) -> Sentence:
    return Sentence(reason.code, reason.words, **reason.values)
