"""Rulings on a published version: proposed by one, adopted by another, then every attempt is worked out again."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from linkspan.exams.actions.results import put_on_record
from linkspan.exams.actions.rows import attempt_row, mark
from linkspan.exams.engines.marking import check_formulas
from linkspan.exams.events import ResultChanged, RulingAdopted
from linkspan.exams.models import ExamVersionRow, JudgementRow, ResultChangeRow, RulingRow
from linkspan.exams.queries import (
    attempts_to_recount,
    bank_of,
    blueprint_of,
    current_bank_of,
    effect_on,
    outcome_of,
    pass_mark_of,
    ruled_version,
    version_row,
)
from linkspan.exams.rules import (
    AttemptState,
    Bounds,
    Effect,
    Item,
    Means,
    Method,
    RulingState,
    check_bank,
    typed_from,
    written,
)
from linkspan.exams.rules.rulings import (
    Correction,
    check_bounds,
    check_key,
    check_percent,
    check_ratings,
    check_reason,
    corrected_by,
    corrections_of,
    kept_corrections,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.versions import check_seen

CLOCK = system_actor("exam clock")


@transaction.atomic
def put_judgement(
    *, actor: Actor, code: str, number: int, ratings: Mapping[str, int], bounds: Bounds | None, now: datetime
) -> None:
    """Keep what the actor judges of a version: ratings take the place of earlier ones of the same questions.

    Who makes the exam may judge; nobody sees another's ratings.
    """
    row = version_row(actor, code, number)
    given = check_ratings(ratings, bank_of(row))
    if bounds is not None:
        check_bounds(bounds)
    held = JudgementRow.objects.select_for_update().filter(version=row, judge_id=actor.own_id).first()
    told = {name: str(one) for name, one in asdict(bounds).items()} if bounds else (held.bounds if held else None)
    all_given = (held.ratings if held else {}) | given
    kept = {"judge": actor.name, "ratings": all_given, "bounds": told, "at": now}
    JudgementRow.objects.update_or_create(version=row, judge_id=actor.own_id, defaults=kept)
    after = {"version": number, "ratings": len(all_given), "bounds": told is not None}
    audit.record(actor=actor, verb="put_judgement", subject=f"exams.exam:{code}", now=now, after=after)


@transaction.atomic
def propose_cut(
    *, actor: Actor, code: str, number: int, method: Method, percent: Decimal, reason: str, now: datetime
) -> UUID:
    """Propose a pass mark for a published version; nothing changes before another person adopts it."""
    row = ruled_version(actor, code, number)
    percent = check_percent(percent)
    if percent == pass_mark_of(row):
        raise Unusable("percent_unchanged", "This is the pass mark already.")
    return _propose(actor, row, Means.CUT, reason, now, method=method, percent=percent)


def propose_ruling(
    *, actor: Actor, code: str, number: int, item: str, means: Means, lines: str, reason: str, now: datetime
) -> UUID:
    """Propose what becomes of a question of a published version; nothing changes before another person adopts it.

    `lines` is its right answer as it is typed, where it is to be judged by another key.
    """
    row = ruled_version(actor, code, number)
    found = next((one for one in bank_of(row) if one.id == item), None)
    if found is None:
        raise NotFound("item_unknown", "This version holds no such question.")
    if means is Means.CUT:
        raise Unusable("means_unusable", "Choose what becomes of the question.")
    key = new_key(found, lines) if means in (Means.REKEY, Means.ALSO) else ()
    return _keep_proposal(actor, row, found, means, key, reason, now)


def new_key(item: Item, lines: str) -> tuple[str, ...]:
    """The right answer that is typed of a question, in its published order; Unusable if more than that was changed."""
    told = typed_from(item)
    rewritten = written(replace(told, lines=lines), item.picture)
    other = _in_order(item, rewritten)
    key = check_key(item, other)
    check_bank([replace(item, answers=key)])
    check_formulas([replace(item, answers=key)])
    return key


def _in_order(item: Item, other: Item) -> Item:
    """The rewritten question with options and choices as they stood: steps and pairs are typed in another order."""
    if sorted(other.options) != sorted(item.options) or sorted(other.choices) != sorted(item.choices):
        return other
    if item.options and other.options != item.options and not item.choices:
        answers = tuple(str(item.options.index(other.options[int(one)])) for one in other.answers)
        return replace(other, options=item.options, answers=answers, retired=item.retired)
    if item.choices:
        said = dict(zip(other.options, (other.choices[int(one)] for one in other.answers), strict=True))
        answers = tuple(str(item.choices.index(said[line])) for line in item.options)
        return replace(other, options=item.options, choices=item.choices, answers=answers, retired=item.retired)
    return replace(other, retired=item.retired)


@transaction.atomic
def _keep_proposal(
    actor: Actor, row: ExamVersionRow, item: Item, means: Means, key: tuple[str, ...], reason: str, now: datetime
) -> UUID:
    held = corrections_of(row.corrections).get(item.id, Correction())
    if corrected_by(held, item, means, key) == held:
        raise Unusable("ruling_unchanged", "This question is judged so already.")
    return _propose(actor, row, means, reason, now, item=item.id, key=list(key))


def _propose(actor: Actor, row: ExamVersionRow, means: Means, reason: str, now: datetime, **fields: Any) -> UUID:
    told = {"reason": check_reason(reason), "proposed_by": actor.name, "proposed_by_id": actor.person_id}
    try:
        with transaction.atomic():
            made = RulingRow.objects.create(
                version=row, means=means, state=RulingState.PROPOSED, proposed_at=now, **told, **fields
            )
    except IntegrityError:
        raise Refused("ruling_open", "A proposal about this waits already. Adopt or withdraw it first.") from None
    _note(actor, "propose_ruling", made, now)
    return made.id


@transaction.atomic
def withdraw_ruling(*, actor: Actor, ruling_id: UUID, now: datetime) -> None:
    """Withdraw a proposal that nobody adopted; again, nothing changes."""
    one = _locked(actor, ruling_id)
    if one.state == RulingState.WITHDRAWN:
        return
    if one.state != RulingState.PROPOSED:
        raise Refused("ruling_adopted", "This was adopted already. Propose another ruling to change it.")
    one.state = RulingState.WITHDRAWN
    one.save(update_fields=["state"])
    _note(actor, "withdraw_ruling", one, now)


@transaction.atomic
def adopt_ruling(*, actor: Actor, ruling_id: UUID, now: datetime, seen: str | None = None) -> None:
    """Have a proposal of another person count; every attempt is worked out again, and whose result changes is told.

    Changed if another effect was `seen`. Refused to who proposed it, and where no question would be left.
    """
    one = _locked(actor, ruling_id)
    if one.state in (RulingState.ADOPTED, RulingState.COUNTED):
        return
    if one.state != RulingState.PROPOSED:
        raise Refused("ruling_withdrawn", "This proposal was withdrawn.")
    if actor.person_id is None or actor.person_id == one.proposed_by_id:
        raise Refused("same_person", "You proposed this. Another person of the program’s staff adopts it.")
    effect = effect_on(one.version, one)
    check_seen(seen, effect_shown(effect))
    one.before_percent = pass_mark_of(one.version)
    _apply(one, effect)
    one.state, one.adopted_by, one.adopted_at = RulingState.ADOPTED, actor.name, now
    one.save(update_fields=["state", "adopted_by", "adopted_at", "before_percent"])
    _note(actor, "adopt_ruling", one, now, now_pass=effect.now_pass, now_fail=effect.now_fail)
    outbox.publish(RulingAdopted(one.id), now=now)


def effect_shown(effect: Effect) -> dict[str, Any]:
    """An effect as its page shows it, to tell whether it changed since."""
    changes = [[str(one.attempt_id), str(one.before), str(one.after), one.side] for one in effect.changes]
    return {"attempts": effect.attempts, "changes": changes, "emptied": effect.emptied}


def _apply(one: RulingRow, effect: Effect) -> None:
    row = one.version
    if one.means == Means.CUT:
        row.cut_percent = one.percent
    else:
        item = next(found for found in bank_of(row) if found.id == one.item)
        held = corrections_of(row.corrections)
        held[item.id] = corrected_by(held.get(item.id, Correction()), item, Means(one.means), tuple(one.key))
        row.corrections = kept_corrections(held)
        left = any(line.fits(found) for line in blueprint_of(row) for found in current_bank_of(row))
        if effect.emptied or (one.means == Means.DROP and not left):
            raise Refused("nothing_left", "No question would be left to judge somebody by. Give it to all instead.")
    row.save(update_fields=["corrections", "cut_percent"])


def count_ruling(*, ruling_id: UUID, now: datetime) -> None:
    """Work out each attempt again that a ruling concerns, one by one; cut short, it goes on with who is left."""
    one = RulingRow.objects.filter(id=ruling_id).first()
    if one is None or one.state != RulingState.ADOPTED:
        return
    for attempt_id in attempts_to_recount(ruling_id):
        recount_attempt(ruling_id=ruling_id, attempt_id=attempt_id, now=now)
    RulingRow.objects.filter(id=ruling_id, state=RulingState.ADOPTED).update(state=RulingState.COUNTED)


@transaction.atomic
def recount_attempt(*, ruling_id: UUID, attempt_id: UUID, now: datetime) -> None:
    """Work out one attempt again; a result that its learner knew and that changed goes on record, and they are told."""
    row = attempt_row(attempt_id)
    one = RulingRow.objects.get(id=ruling_id)
    if row.score is None or row.changes.filter(ruling=one).exists():
        return
    before, waited = row.score, row.to_mark
    cut = one.before_percent if one.before_percent is not None else pass_mark_of(row.version)
    old = cut if one.means == Means.CUT else pass_mark_of(row.version)
    if one.means != Means.CUT:
        mark(row)
    counts = row.state != AttemptState.REJECTED and not waited
    passed, passes = before >= old, (row.score or Decimal(0)) >= pass_mark_of(row.version)
    if not counts or (before == row.score and passed == passes):
        return
    known = row.released_at is not None
    ResultChangeRow.objects.create(
        learner_id=row.learner_id,
        attempt=row,
        ruling=one,
        before=before,
        after=row.score,
        passed_before=passed,
        passed_after=passes,
        released=known,
        at=now,
    )
    if known:
        put_on_record(row, now, one.reason)
        exam = row.version.exam
        told = (exam.code, exam.program_key, row.version.title, outcome_of(row), one.reason)
        outbox.publish(ResultChanged(row.learner_id, row.id, *told), now=now)


def _locked(actor: Actor, ruling_id: UUID) -> RulingRow:
    """The ruling with its version, both locked, for who may rule on it."""
    found = RulingRow.objects.select_related("version").filter(id=ruling_id).first()
    if found is None:
        raise NotFound("ruling_unknown", "There is no such ruling.")
    ExamVersionRow.objects.select_for_update().get(id=found.version_id)
    one = RulingRow.objects.select_for_update(of=("self",)).select_related("version__exam").get(id=ruling_id)
    ruled_version(actor, one.version.exam_id, one.version.number)
    return one


def _note(actor: Actor, verb: str, one: RulingRow, now: datetime, **told: Any) -> None:
    after = {"version": one.version.number, "means": one.means, "item": one.item, "percent": one.percent, **told}
    subject = f"exams.exam:{one.version.exam_id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=one.reason)
