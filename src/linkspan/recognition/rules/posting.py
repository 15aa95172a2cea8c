"""What of an audit is posted: judged by the audit's own function, under the degree and beside what is held there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules import (
    USABLE,
    Agreement,
    Held,
    Meaning,
    Recognised,
    RefusedCourse,
    Rules,
    recognise,
    rules_of,
    with_derived,
)
from linkspan.recognition.rules.awards import SUBSTITUTE, AwardState, CreditAward

#: In `exclusive_with`: no other credit at all.
ANY_OTHER = "any"


def to_post(
    record: Record,
    result: Mapping[str, Any],
    on: date,
    agreement: Agreement,
    awards: Iterable[CreditAward],
    others: Mapping[str, Agreement],
) -> tuple[tuple[Recognised, ...], tuple[RefusedCourse, ...]]:
    """What is posted, and why the audit promised more, if it did.

    `record`, `result` and `on` are the stored audit's: it is judged again by its own rules, so that what it promised is
    posted. `agreement` is the one under the degree in force for the learner (`catalogue.under`): its places hold
    whatever the rules were. `awards` are the learner's at the receiving institution, `others` the other
    agreements under which they were given.
    """
    if result.get("status") != USABLE:
        return (), ()
    active = [award for award in awards if award.state == AwardState.ACTIVE]
    held = held_of(active, agreement, others)
    rules = rules_of(str(result["rules_version"]))
    placed = Rules(rules.version, rules.meanings | {Meaning.PLACES})
    posted, refused = recognise(agreement.in_force, with_derived(record, rules), on, placed, held)
    shut = shut_by(agreement, active, others)
    if shut:
        return (), tuple(RefusedCourse(row.course, shut, row.clause) for row in posted)
    told = {(row["what"], row["clause"]) for row in result.get("refused") or ()}
    return posted, tuple(row for row in refused if (row.what, row.clause) not in told)


def held_of(active: Iterable[CreditAward], agreement: Agreement, others: Mapping[str, Agreement]) -> list[Held]:
    """What is held at the school, as the rules see it; a course of the school's own is no credit from elsewhere."""
    return [_held(award, agreement, others) for award in active if award.effect != SUBSTITUTE]


def _held(award: CreditAward, agreement: Agreement, others: Mapping[str, Agreement]) -> Held:
    under = others.get(award.agreement_id, agreement)
    same = under.receiving.program == agreement.receiving.program
    return Held(award.agreement_id, award.clause, award.slot, award.credits, award.courses, award.places, same)


def shut_by(agreement: Agreement, active: Sequence[CreditAward], others: Mapping[str, Agreement]) -> Sentence | None:
    """Why other credit lets none stand beside it; None if it does."""
    for name in sorted({award.agreement_id for award in active} & set(others)):
        for cap in others[name].in_force.caps:
            if {ANY_OTHER, agreement.id} & set(cap.exclusive_with or ()):
                words = Phrase("clause {clause} of {agreement}: its credit stands with no other")
                return Sentence("stands_alone", words, clause=cap.clause, agreement=name)
    return None
