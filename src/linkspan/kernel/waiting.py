"""What waits, for whom and since when: each domain reads its own waits as `Open`, and `site` puts the readers together.

What a wait means (who acts, how long it takes, its words) is said once, in `messages.rules.waits`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, Expression, F, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from linkspan.kernel.actor import Actor

#: So many are read for one page; a desk with more has its lists. The clock reads all.
MOST = 2_000


class What(StrEnum):
    """The waits; notices that are stored name them, so a wait is never renamed."""

    # Your turn
    CONFIRM_ADDRESS = "confirm_address"
    PAY = "pay"
    FINISH_DRAFT = "finish_draft"
    HAND_IN_DOCUMENT = "hand_in_document"
    SHOW_NAME_AGAIN = "show_name_again"
    SHOW_EVIDENCE_AGAIN = "show_evidence_again"
    ANSWER_OFFER = "answer_offer"
    TAKE_ADMISSION_COURSE = "take_admission_course"
    ANSWER_INCIDENT = "answer_incident"
    ANSWER_REJECTION = "answer_rejection"
    CHECK_IN = "check_in"
    SIT_EXAM = "sit_exam"
    PICK_UP = "pick_up"
    # An office's
    CONFIRM_PAYMENT = "confirm_payment"
    SEND_REFUND = "send_refund"
    DECIDE_AID = "decide_aid"
    CHECK_NAME = "check_name"
    CHECK_EVIDENCE = "check_evidence"
    DECIDE_EXTRA_TIME = "decide_extra_time"
    DECIDE_WAY = "decide_way"
    ANSWER_CANDIDATE = "answer_candidate"
    CONFIRM_WHO_SITS = "confirm_who_sits"
    PUBLISH_GRADES = "publish_grades"
    REVIEW_EXAM = "review_exam"
    DECIDE_EXAM_APPEAL = "decide_exam_appeal"
    APPROVE_AWARD = "approve_award"
    DECIDE_SUSPENSION = "decide_suspension"
    DECIDE_WAIVER = "decide_waiver"
    DECIDE_APPLICATION = "decide_application"
    DECIDE_ROUND = "decide_round"
    LOOK_AT_CASE = "look_at_case"
    RELEASE_HOLD = "release_hold"
    CERTIFY_LIST = "certify_list"
    CONFIRM_ENROLMENT = "confirm_enrolment"
    ANSWER_APPEAL = "answer_appeal"
    DECIDE_CASE = "decide_case"
    # Somebody elsewhere
    WRITE_LETTER = "write_letter"
    REVIEW_TERMS = "review_terms"
    PROVE_DOMAIN = "prove_domain"
    CHECK_ACCREDITATION = "check_accreditation"
    DELIVER_RECORD = "deliver_record"
    # A colleague's
    SEND_DRAFT = "send_draft"
    DECIDE_REFUND = "decide_refund"
    APPROVE_EXCEPTION = "approve_exception"
    DECIDE_CONFERRAL = "decide_conferral"
    DECIDE_REVOCATION = "decide_revocation"
    REVIEW_AGREEMENT = "review_agreement"
    READ_APPLICATION = "read_application"
    MARK_ANSWER = "mark_answer"
    PUBLISH_ENTRY = "publish_entry"
    REVIEW_ACCESS = "review_access"
    APPROVE_MERGE = "approve_merge"
    # A day that comes
    RUN_OPENS = "run_opens"
    BOOKED_TIME = "booked_time"
    RESULT = "result"
    MATCHING = "matching"
    SEAT = "seat"
    EXAM_SEAT = "exam_seat"
    FIRST_TERM = "first_term"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class Open:
    """A wait as its domain reads it: what waits since when and until when, at whom, and who may not act: one or two.

    `id` names it among others of its kind; `keys` lead to its page where the id does not.
    """

    what: What
    id: UUID
    keys: str
    title: str
    institution: str
    learner_id: UUID | None
    person_id: UUID | None
    but_not: UUID | None
    since: datetime
    until: datetime | None
    nor: UUID | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose waits are read: a learner's, those of some institutions and of one named person there, or everybody's.

    `only` are the kinds that are asked for; empty asks for all. `actor` is who works at those institutions.
    """

    learner: UUID | None = None
    schools: frozenset[str] | None = None
    person: UUID | None = None
    only: frozenset[What] = frozenset()
    actor: Actor | None = None

    def wants(self, *whats: What) -> bool:
        """Whether one of those kinds is asked for."""
        return not self.only or not self.only.isdisjoint(whats)

    def of[Row: QuerySet[Any]](self, rows: Row, learner: str = "learner_id", school: str = "institution") -> Row:
        """The rows that are theirs; a table without a learner has none of a learner's."""
        if self.learner is not None:
            return rows.filter(**{learner: self.learner}) if learner else rows.none()
        if self.schools is None:
            return rows
        return rows.filter(**{f"{school}__in": self.schools}) if school else rows.none()


type Reader = Callable[[Whose, datetime], Iterable[Open]]
_readers: dict[str, Reader] = {}


def read_by(domain: str, reader: Reader) -> None:
    """Have a domain's waits read by that."""
    _readers[domain] = reader


def open_waits(whose: Whose, now: datetime, domains: Collection[str] = ()) -> Iterator[Open]:
    """All that waits, by the readers of all domains or of some."""
    for domain, reader in _readers.items():
        if not domains or domain in domains:
            yield from reader(whose, now)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table as waits of a kind."""

    what: What
    rows: QuerySet[Any, Any]


type Told = str | Expression


def part(
    what: What,
    rows: QuerySet[Any],
    *,
    title: Told,
    since: str,
    id: str = "id",
    until: Told = "",
    keys: Told = "",
    institution: Told = "institution",
    learner: Told = "learner_id",
    person: Told = "",
    but_not: Told = "",
    nor: Told = "",
) -> Part:
    """Those rows as waits of a kind; a string names a column, an empty one stands for nothing."""
    text, one, moment = CharField(), UUIDField(), DateTimeField()
    asked = rows.order_by().values_list(
        Value(what.value, output_field=text),
        Cast(F(id), UUIDField()),
        Cast(_of(keys, ""), text),
        Cast(_of(title, ""), text),
        Cast(_of(institution, ""), text),
        Cast(_of(learner), one),
        Cast(_of(person), one),
        Cast(_of(but_not), one),
        F(since),
        Cast(_of(until), moment),
        Cast(_of(nor), one),
    )
    return Part(what, asked)


def together(whose: Whose, *parts: Part) -> tuple[Open, ...]:
    """What those of the parts ask that are asked for, by one query."""
    wanted = [one.rows for one in parts if whose.wants(one.what)]
    if not wanted:
        return ()
    asked = wanted[0].union(*wanted[1:], all=True) if len(wanted) > 1 else wanted[0]
    everybody = whose.learner is None and whose.schools is None
    return tuple(Open(What(row[0]), *row[1:]) for row in (asked if everybody else asked[:MOST]))


def _of(given: Told, nothing: str | None = None) -> Any:
    if given == "":
        return Value(nothing)
    return F(given) if isinstance(given, str) else given
