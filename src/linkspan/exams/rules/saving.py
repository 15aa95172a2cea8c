"""Saved answers: what a page may change, which of two answers counts, and what comes too late.

A page that answers an attempt is told apart from every other by a number that rises as pages are opened; the plain
form, which says only what it showed, has number 0.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from linkspan.exams.rules.accommodations import Break
from linkspan.exams.rules.attempts import Exam
from linkspan.exams.rules.states import ANSWERING, AttemptState
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

PLAIN_FORM = 0
#: As many texts as a question has lines at most.
MOST_OPTIONS = 50
MOST_CHANGES, MOST_TEXTS, LONGEST_ANSWER = 100, MOST_OPTIONS, 500
#: An answer that is one text may be longer: an essay.
LONGEST_ESSAY = 8000
HIGHEST_SEQUENCE, MOST_PAGES = 20_000, 500
LONGEST_GRACE = timedelta(minutes=10)
MEMBERS = {"writer", "batch", "prev", "sent_at", "changes", "mac"}
HEX = re.compile(r"(?:[0-9a-f]{64})?")


class Op(StrEnum):
    """What a change does: an answer is emptied by no other way than to clear it."""

    SET = "set"
    CLEAR = "clear"


class Standing(StrEnum):
    """How a saved answer stands."""

    APPLIED = "applied"
    KEPT = "kept"
    LATE = "late"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Change:
    """One answer as given: `seq` rises within its page, `replaces` is the version that the page showed.

    `at` and `elapsed` are what the page's own clock says.
    """

    item: str
    seq: int
    replaces: int | None
    value: tuple[str, ...]
    at: str = ""
    elapsed: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A change that cannot be stored, and why; the others of its batch are."""

    item: str
    seq: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that a page sends together, signed: `prev` is the digest of its batch before."""

    writer: UUID
    number: int
    prev: str
    changes: tuple[Change, ...]
    not_taken: tuple[NotTaken, ...]
    signed: bytes
    mac: str

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed, which the next batch names."""
        return hashlib.sha256(self.signed).hexdigest()


@dataclass(frozen=True, slots=True)
class Current:
    """The answer that counts now: its version, and the page and sequence number that gave it."""

    version: int
    page: int
    seq: int


def read_batch(body: object) -> Batch:
    """A batch as sent (RFC 8785 is what its `mac` signs). Unusable if its form is wrong; a change alone is named."""
    if not isinstance(body, Mapping) or set(body) != MEMBERS or not isinstance(body["changes"], list):
        raise Unusable(
            "batch_unusable", "A save has exactly these members: {members}.", members=", ".join(sorted(MEMBERS))
        )
    texts = [body[name] for name in ("writer", "prev", "sent_at", "mac")]
    if not all(isinstance(text, str) and len(text) <= 64 for text in texts) or not HEX.fullmatch(body["prev"]):
        raise Unusable("batch_unusable", "A member of this save is too long, or no text.")
    if len(body["changes"]) > MOST_CHANGES:
        raise Unusable("batch_too_large", "Send at most {most_changes} changes at once.", most_changes=MOST_CHANGES)
    try:
        signed = rfc8785.dumps({name: value for name, value in body.items() if name != "mac"})
        writer = UUID(body["writer"])
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise Unusable("batch_unusable", "This save has no exact form.") from error
    read = [_change(entry) for entry in body["changes"]]
    return Batch(
        writer,
        _whole(body["batch"], HIGHEST_SEQUENCE),
        body["prev"],
        tuple(change for change in read if isinstance(change, Change)),
        tuple(change for change in read if isinstance(change, NotTaken)),
        signed,
        body["mac"],
    )


def _change(entry: object) -> Change | NotTaken:
    told: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    item = told.get("item") if isinstance(told.get("item"), str) else ""
    seq = told.get("seq") if type(told.get("seq")) is int else 0
    try:
        op = Op(told.get("op", ""))
        replaces = told.get("replaces")
        change = Change(
            str(item),
            _whole(told.get("seq"), HIGHEST_SEQUENCE),
            None if replaces is None else _whole(replaces, HIGHEST_SEQUENCE),
            check_value(told.get("value") if op is Op.SET else []),
            _clock(told.get("at")),
            timedelta(milliseconds=_whole(told.get("elapsed_ms"), 10**9, least=0)),
        )
    except (ValueError, TypeError):
        return NotTaken(str(item)[:128], int(seq or 0), "change_unusable", "This change has not the form of one.")
    except Unusable as error:
        return NotTaken(str(item)[:128], int(seq or 0), error.code, error.message)
    if op is Op.SET and not any(text.strip() for text in change.value):
        return NotTaken(change.item, change.seq, "clear_explicitly", "An answer is emptied by clearing it.")
    return change


def _clock(at: object) -> str:
    """What the page's clock says, for people to read; nothing where it is none, so that it keeps no answer back."""
    return at[:40] if isinstance(at, str) and at.isprintable() else ""


def check_value(value: object) -> tuple[str, ...]:
    """The texts of an answer; Unusable if they are none, too many, too long, or hold what no database keeps."""
    texts = tuple(value) if isinstance(value, list | tuple) else (None,)
    longest = LONGEST_ESSAY if len(texts) == 1 else LONGEST_ANSWER
    if len(texts) > MOST_TEXTS or not all(isinstance(text, str) and len(text) <= longest for text in texts):
        raise Unusable(
            "response_unusable",
            "An answer is up to {most_texts} texts of {longest_answer} characters, or one of {longest_essay}.",
            most_texts=MOST_TEXTS,
            longest_answer=LONGEST_ANSWER,
            longest_essay=LONGEST_ESSAY,
        )
    if any("\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text) for text in texts):
        raise Unusable("response_unusable", "The answer holds a character that cannot be stored.")
    return texts


def is_long(value: Sequence[str]) -> bool:
    """Whether an answer is longer than any but an essay may be."""
    return any(len(text) > LONGEST_ANSWER for text in value)


def _whole(value: object, most: int, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= most:
        raise Unusable(
            "number_out_of_range",
            "{value} is not a whole number from {least} to {most}.",
            value=format(repr(value), ".40"),
            least=least,
            most=most,
        )
    return value


def counts(change: Change, page: int, current: Current | None) -> bool:
    """Whether a change becomes the answer that counts; if not, it is kept beside.

    It does where it replaces what the page saw, or nothing. Otherwise the later change of one page wins, and between
    two pages the one that was opened later; the plain form and a clearing never win over what they did not see.
    """
    if current is None or change.replaces == current.version:
        return True
    if page == PLAIN_FORM:
        return False
    if page == current.page:
        return change.seq > current.seq
    return page > current.page and bool(change.value)


def in_time(
    change: Change,
    *,
    state: AttemptState,
    started: datetime,
    deadline: datetime,
    grace: timedelta,
    now: datetime,
    paused: datetime | None = None,
    on_break: bool = False,
    breaks: Iterable[Break] = (),
) -> bool:
    """Whether an answer came before the end; a page's own answers may be on their way for the exam's grace.

    What came before the end is in time whatever a page's clock says. What comes within the grace, and what the page
    itself says was given after the end, is late. While the clock stands, the end moves with it. In a break nothing is
    answered: what comes then is late too, unless its page gave it before, and what says it was given then.
    """
    if state not in ANSWERING or _in_a_break(change, started, grace, now, paused if on_break else None, breaks):
        return False
    if paused is not None:
        deadline += max(now - paused, timedelta())
    if now < deadline or change.elapsed is None:
        return now < deadline
    return now < deadline + grace and change.elapsed <= deadline - started


def _in_a_break(
    change: Change, started: datetime, grace: timedelta, now: datetime, begun: datetime | None, breaks: Iterable[Break]
) -> bool:
    given = None if change.elapsed is None else started + change.elapsed
    if begun is not None and (given is None or given > begun or now > begun + grace):
        return True
    return given is not None and any(one.begun_at < given < one.ended_at for one in breaks)


def unbroken(links: Iterable[tuple[int, str, str]]) -> int:
    """The number of a page's last batch up to which none is missing or exchanged, by number, digest and predecessor."""
    last, head = 0, ""
    for number, digest, previous in sorted(set(links)):
        if number != last + 1 or previous != head:
            break
        last, head = number, digest
    return last


def may_decide_late(actor: Actor, exam: Exam, learner_id: UUID) -> bool:
    """Proctors and program staff of the institution, never in their own exam."""
    holds = actor.has_role("proctor", exam.institution) or actor.has_role("program_staff", exam.institution)
    return holds and not actor.is_person(learner_id)
