"""What a payment for an exam gives, by program and day: learners keep the rule of the day on which they registered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linkspan.exams.rules.attempts import Condition, Exam
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Sentence

MOST_COOL_OFF = 730


@dataclass(frozen=True, slots=True)
class Entitlement:
    """From a day on a payment gives so many attempts, None for all; so many days lie between two of them."""

    valid_from: date
    attempts: int | None = None
    cool_off_days: int = 0


#: Before the first rule of a program: a payment is good for every attempt, one right after the other.
WITHOUT_RULE = Entitlement(date.min)


@dataclass(frozen=True, slots=True)
class Entitled:
    """What a learner's payments give: attempts in all, those that are used, and from when the next may begin."""

    paid: bool
    attempts: int
    used: int
    next_from: datetime | None = None


def entitled(
    exam: Exam, rules: Collection[Entitlement], registered: Sequence[date], used: int, last: datetime | None
) -> Entitled:
    """What the payments of those days give: each by the rule of its own day, whatever rule holds today.

    The newest payment decides how long lies between two attempts; `last` is when the last one ended.
    """
    held = [_rule_on(rules, day) for day in sorted(registered)]
    given = sum(exam.attempts_allowed if rule.attempts is None else rule.attempts for rule in held)
    rest = timedelta(days=held[-1].cool_off_days if held else 0)
    after = last + rest if last is not None and rest else None
    return Entitled(bool(held), min(given, exam.attempts_allowed), used, after)


def _rule_on(rules: Collection[Entitlement], day: date) -> Entitlement:
    begun = [rule for rule in rules if rule.valid_from <= day]
    return max(begun, key=lambda rule: rule.valid_from, default=WITHOUT_RULE)


def entitlement_conditions(exam: Exam, found: Entitled) -> tuple[Condition, ...]:
    """The conditions of payment and attempts, met or not."""
    return (
        Condition(
            found.paid,
            Sentence("exam_fee_paid", "the exam fee is paid"),
            Sentence("exam_fee_open", "the exam fee is not paid"),
            Sentence("pay_fee", "Register for the exam and pay the fee. A payment that was reported waits for staff."),
        ),
        Condition(
            found.used < exam.attempts_allowed,
            Sentence("attempts_left", "attempts used: {made} of {count}", made=found.used, count=exam.attempts_allowed),
            Sentence("attempts_used", "all {count} attempts are used", count=exam.attempts_allowed),
            Sentence("no_more_attempts", "This exam cannot be taken again. Write to the exam office if this is wrong."),
        ),
        *([_paid_attempts(found)] if found.paid and found.attempts < exam.attempts_allowed else ()),
    )


def _paid_attempts(found: Entitled) -> Condition:
    return Condition(
        found.used < found.attempts,
        Sentence("paid_attempts_left", "paid attempts used: {made} of {count}", made=found.used, count=found.attempts),
        Sentence("paid_attempts_used", "every attempt that was paid for is used: {count}", count=found.attempts),
        Sentence("pay_again", "Register again and pay the fee for another attempt."),
    )


def rested(next_from: datetime | None, at: datetime) -> Condition:
    """Whether enough time lies between the last attempt and one that begins then."""
    day = f"{next_from:%Y-%m-%d %H:%M} UTC" if next_from else ""
    return Condition(
        next_from is None or next_from <= at,
        Sentence("rested", "enough time lies between two attempts"),
        Sentence("too_soon", "the next attempt begins no earlier than {day}", day=day),
        Sentence("later_time", "Choose a later time."),
    )


def pays_again(exam: Exam, found: Entitled) -> bool:
    """Whether another payment gives another attempt."""
    return found.paid and found.attempts <= found.used < exam.attempts_allowed


def may_set_entitlements(actor: Actor, institution: str) -> bool:
    """Program staff of the institution, and the system when it loads a world."""
    return actor.is_system or actor.has_role("program_staff", institution)
