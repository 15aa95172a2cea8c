"""Credit by hand: judged by the function that posts by rule; what that would not allow is an exception."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import CourseTaken, CredentialHeld, Record
from linkspan.pathways.rules import (
    RULES_VERSION,
    Agreement,
    Held,
    Meaning,
    Recognition,
    Rules,
    recognise,
    rules_of,
    with_derived,
)
from linkspan.recognition.rules.awards import CREDIT, AwardState, CreditAward, Earned, better, earned_in, is_of
from linkspan.recognition.rules.degree import degree_of
from linkspan.recognition.rules.plan import PlaceState, degree_plan, slots_kept, taken_courses
from linkspan.recognition.rules.posting import held_of, shut_by

#: As credits are typed: in the degree's unit, to the hundredth.
CREDITS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
#: What a credential as a whole is called among the courses of an award, before its program.
WHOLE = "credential "
LONGEST = 2_000


class Verb(StrEnum):
    """What a registrar does to credit."""

    POST = "post"
    ADJUST = "adjust"
    SUBSTITUTE = "substitute"
    REVERSE = "reverse"


class ChangeState(StrEnum):
    """A change waits for a second person, is in effect, was refused, withdrawn or taken back; it is never deleted."""

    WAITING = "waiting"
    IN_EFFECT = "in_effect"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Ground:
    """A fact of the record for which credit can be posted: its row, the courses that it uses up, how it was passed."""

    institution: str
    row: CourseTaken
    courses: tuple[str, ...]
    earned: Earned

    @property
    def key(self) -> str:
        """What a form and a program name it by."""
        return f"{self.institution}/{self.earned.course}"

    def names(self, sender: str) -> tuple[str, ...]:
        """Its courses as an award names them: by their ids if the agreement's sender taught them."""
        return self.courses if self.institution == sender else tuple(f"{self.institution}/{c}" for c in self.courses)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The credit that a registrar wants: for which courses, in which slot, how much."""

    courses: tuple[str, ...]
    slot: str
    credits: Decimal
    effect: str = CREDIT
    places: int = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """The clause that gives the credit, or why no rule does: then it is an exception."""

    clause: str
    beyond: tuple[str, ...]


def may_change_credit(actor: Actor, learner_id: Any, institution: str) -> bool:
    """The registrar of the school that gives the degree, never for themselves."""
    return institution in actor.institutions_as("registrar") and not actor.is_person(learner_id)


def credits_typed(text: str, most: Decimal) -> Decimal:
    """Credits as a person types them; Unusable unless they are more than none and at most `most`."""
    found = text.strip()
    if not CREDITS.fullmatch(found):
        raise Unusable("credits_unusable", "Credits: a number in the unit of the degree, such as 4 or 3.5.")
    credits = Decimal(found)
    if not 0 < credits <= most:
        raise Unusable(
            "credits_out_of_range", "Credits: more than 0, and at most {most}.", most=f"{most.normalize():f}"
        )
    return credits


def said(text: str, what: Sentence) -> str:
    """A reason that a person gave; Unusable, saying so in those words, without one."""
    found = text.replace("\0", "").strip()
    if not found:
        raise Unusable(what.reason.code, Phrase(what))
    return found[:LONGEST]


def grounds(record: Record, school: str) -> tuple[Ground, ...]:
    """What of a record can be recognised at a school: courses of others, and credentials of others that are active.

    A grade on record stands before what a credential says of the same course.
    """
    found: dict[str, Ground] = {}
    for row in record.get("courses") or ():
        _add(found, row, str(row.get("institution") or ""), (str(row.get("id")),))
    recorded = frozenset(found)
    for credential in record.get("credentials") or ():
        if credential.get("status") != "active":
            continue
        issuer, rows = str(credential.get("issuer") or ""), credential.get("courses") or ()
        for row in rows:
            if f"{issuer}/{row.get('id')}" not in recorded:
                _add(found, row, issuer, (str(row.get("id")),))
        name = f"{WHOLE}{credential.get('program')}"
        whole: CourseTaken = {"id": name, "completed": credential.get("awarded")}
        _add(found, whole, issuer, (*(str(row.get("id")) for row in rows), name))
    return tuple(one for one in found.values() if one.institution != school)


def _add(found: dict[str, Ground], row: CourseTaken, institution: str, courses: tuple[str, ...]) -> None:
    one = Ground(institution, row, courses, earned_in(row))
    held = found.get(one.key)
    if row.get("id") and institution and (held is None or better(held.row, row)):
        found[one.key] = one


def ground_of(record: Record, school: str, key: str) -> Ground:
    """The fact of that key; Unusable if there is none, or none any more."""
    for one in grounds(record, school):
        if one.key == key:
            return one
    raise Unusable("fact_unknown", "Choose a course or credential that is on the record.")


def check_free(ground: Ground, awards: Iterable[CreditAward], sent_by: Mapping[str, str]) -> None:
    """Refused if a course is recognised here already, however it was named; `sent_by` is the school by agreement."""
    for award in awards:
        if award.state != AwardState.ACTIVE:
            continue
        names = {name if "/" in name else f"{sent_by.get(award.agreement_id, '')}/{name}" for name in award.courses}
        if names & {f"{ground.institution}/{course}" for course in ground.courses}:
            raise Refused("recognised_here", "This course is recognised here already. Adjust that credit instead.")


def check_place(agreement: Agreement, awards: Sequence[CreditAward], record: Record, slot: str) -> None:
    """Unusable for a slot that the degree has not; Refused if every course of it is waived or done."""
    if slot not in {one.slot for one in degree_of(agreement).slots}:
        raise Unusable("slot_unknown", "Choose a requirement of the degree.")
    plan = degree_plan(agreement, awards, taken_courses(agreement, record, awards))
    if not any(p.slot == slot and p.state in (PlaceState.OPEN, PlaceState.LOCKED) for p in plan.places):
        raise Refused("no_place_left", "Every course of this requirement is filled. Free one of them first.")


def judge(
    record: Record,
    on: date,
    agreement: Agreement,
    wanted: Wanted,
    grounds_: Sequence[Ground],
    awards: Iterable[CreditAward],
    others: Mapping[str, Agreement],
) -> Judged:
    """Whether the rules give the credit, judged as when it is posted by rule, beside what is held at the school.

    A clause gives it if the agreement would, of those courses alone, recognise just that. Else `beyond` says that none
    does, and every limit that it passes.
    """
    rules = rules_of(RULES_VERSION)
    placed = Rules(rules.version, rules.meanings | {Meaning.PLACES})
    active = [award for award in awards if award.state == AwardState.ACTIVE]
    held, terms = held_of(active, agreement, others), agreement.in_force
    shut = shut_by(agreement, active, others)
    alone = _alone(with_derived(record, placed), wanted, terms.sending.institution)
    for rule in terms.recognition:
        found, _ = recognise(replace(terms, recognition=(rule,)), alone, on, placed, held)
        if shut is None and len(found) == 1 and _same(found[0], wanted):
            return Judged(rule.clause, ())
    told = "{credits} credits in {slot} are given for it by no clause of the agreement"
    credits = f"{wanted.credits.normalize():f}"
    beyond: list[str] = [Sentence("no_clause", told, credits=credits, slot=wanted.slot)]
    beyond += [shut] if shut else []
    beyond += _limits(terms, record, on, placed, held, wanted, grounds_)
    return Judged("", tuple(dict.fromkeys(beyond)))


def _same(found: Any, wanted: Wanted) -> bool:
    given = (found.slot, found.credits, found.effect, found.places)
    return given == (wanted.slot, wanted.credits, wanted.effect, wanted.places) and set(wanted.courses) <= set(
        found.courses
    )


def _alone(record: Record, wanted: Wanted, sender: str) -> Record:
    """The record as if the courses wanted were all that was taken; of a whole credential, with all of its own."""
    names = {*wanted.courses, *(f"{sender}/{name}" for name in wanted.courses)}
    if any(name.startswith(WHOLE) for name in wanted.courses):
        return record
    credentials: list[CredentialHeld] = [
        {**one, "courses": [row for row in one.get("courses") or () if is_of({"institution": sender, **row}, names)]}
        for one in record.get("credentials") or ()
    ]
    courses = [row for row in record.get("courses") or () if is_of(row, names)]
    return {**record, "credentials": credentials, "courses": courses}


def _limits(
    terms: Agreement,
    record: Record,
    on: date,
    rules: Rules,
    held: Sequence[Held],
    wanted: Wanted,
    grounds_: Sequence[Ground],
) -> list[str]:
    """Every limit that the credit would pass, had the agreement a clause for it: each cap is asked by itself."""
    names = tuple(f"by hand {number}" for number, _ in enumerate(grounds_))
    rows: list[CourseTaken] = [
        {**ground.row, "id": name, "institution": terms.sending.institution}
        for name, ground in zip(names, grounds_, strict=True)
    ]
    hand = Recognition(clause="", all_of=names, slot=wanted.slot, credits=wanted.credits, effect=wanted.effect)
    taken: Record = {**record, "credentials": [], "courses": rows}
    found: list[str] = []
    for caps in ((), *((cap,) for cap in terms.caps)):
        _, refused = recognise(replace(terms, recognition=(hand,), caps=caps), taken, on, rules, held)
        found += [row.reason for row in refused]
    return found


def judge_substitute(
    record: Record, agreement: Agreement, course: str, slot: str, awards: Sequence[CreditAward]
) -> Judged:
    """Whether a course of the school itself may stand in a slot; Refused where that would change nothing."""
    taken = taken_courses(agreement, record, awards)
    if course in taken.get(slot, ()):
        raise Refused("fills_already", "This course fills that requirement already.")
    place = next(one for one in agreement.receiving.slots if one.slot == slot)
    beyond: list[str] = []
    if place.required:
        asked = ", ".join(place.required)
        beyond.append(Sentence("asks_for", "the degree asks for {courses} there", courses=asked))
    elif slot in slots_kept(agreement):
        beyond.append(Sentence("keeps_place", "the degree keeps this place for a course of its own"))
    return Judged("", tuple(beyond))


def own_course(record: Record, school: str, course: str) -> CourseTaken:
    """A course of the school on the record; Unusable if it is none, Refused if it was failed."""
    rows = [row for row in record.get("courses") or () if (row.get("institution"), row.get("id")) == (school, course)]
    if not rows:
        raise Unusable("course_not_taken", "Choose a course that was taken at your school.")
    passed = [row for row in rows if (row.get("grade") or {}).get("value") != "F" and row.get("passed") is not False]
    if not passed:
        raise Refused("course_failed", "This course was not passed.")
    found: CourseTaken = passed[-1]
    return found
