"""Rulings on a version, what each would change and whose result, and what pass marks judges and methods would give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.engines.rulings import angoff_of, hofstee_of, share_by
from linkspan.exams.models import (
    AttemptRow,
    ExamVersionRow,
    JudgementRow,
    ResponseRow,
    ResultChangeRow,
    RulingRow,
)
from linkspan.exams.queries.attempts import attempt
from linkspan.exams.queries.making import version_row
from linkspan.exams.queries.marking import shares_by
from linkspan.exams.queries.values import attempt_rows, bank_of, blueprint_of, current_bank_of, pass_mark_of
from linkspan.exams.rules import (
    IN_REVIEW,
    AttemptState,
    Bounds,
    Effect,
    Item,
    Judgement,
    Means,
    Method,
    Ruling,
    RulingState,
    Standard,
    may_rule,
    percent,
)
from linkspan.exams.rules.rulings import (
    FEWEST_RESULTS,
    Correction,
    ResultChange,
    by_people,
    corrected_by,
    corrections_of,
    hundredths,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted
from linkspan.kernel.reasons import Sentence

#: Attempts that have a score on which a ruling may act.
SCORED = (*IN_REVIEW, AttemptState.VERIFIED, AttemptState.REJECTED)


@dataclass(frozen=True, slots=True)
class ChangedResult:
    """A released result that was worked out again: the score before and after, whether it passes, and why."""

    at: datetime
    before: Decimal
    after: Decimal
    passed_before: bool
    passed_after: bool
    reason: str


def ruled_version(actor: Actor, code: str, number: int) -> ExamVersionRow:
    """A published version, for who may rule on it; NotFound for anybody else, and for a draft."""
    row = version_row(actor, code, number)
    sat = AttemptRow.objects.filter(version=row).values_list("learner_id", flat=True)
    permit(may_rule(actor, row.exam.institution, sat), "rule on this exam")
    if row.published_at is None:
        raise NotFound("version_unknown", "This version is a draft. Change it, then publish it.")
    return row


def rulings(actor: Actor, code: str, number: int) -> tuple[Ruling, ...]:
    """All rulings on a version, newest first."""
    row = ruled_version(actor, code, number)
    prompts = {item.id: item.prompt for item in bank_of(row)}
    return tuple(as_ruling(one, prompts) for one in row.rulings.order_by("-proposed_at", "-id"))


def ruling(actor: Actor, ruling_id: UUID) -> Ruling:
    """One ruling; NotFound for who may not rule on its exam."""
    one = RulingRow.objects.select_related("version__exam").filter(id=ruling_id).first()
    if one is None:
        raise NotFound("ruling_unknown", "There is no such ruling.")
    row = ruled_version(actor, one.version.exam_id, one.version.number)
    return as_ruling(one, {item.id: item.prompt for item in bank_of(row)})


def rulings_to_adopt(actor: Actor) -> int:
    """How many rulings wait for the actor as the second person."""
    mine = actor.institutions_as("program_staff")
    rows = RulingRow.objects.filter(state=RulingState.PROPOSED, version__exam__institution__in=mine)
    return rows.exclude(proposed_by_id=actor.own_id).count() if mine else 0


@granted
def effect_of(ruling_id: UUID) -> Effect:
    """What a ruling would change of what counts now; nobody is told of it by this."""
    one = RulingRow.objects.select_related("version__exam").get(id=ruling_id)
    return effect_on(one.version, one)


def changed_by(actor: Actor, ruling_id: UUID) -> Effect:
    """What an adopted ruling changed, as far as it is worked out."""
    found = ruling(actor, ruling_id)
    rows = ResultChangeRow.objects.filter(ruling_id=ruling_id).order_by("passed_after", "after", "id")
    changes = [
        ResultChange(
            row.attempt_id, row.learner_id, row.released, row.before, row.after, row.passed_before, row.passed_after
        )
        for row in rows
    ]
    changes.sort(key=lambda one: (one.side == 0, one.side))
    held = _marked(version_row(actor, found.exam_code, found.version))
    passed, passes = sum(one.passed_before for one in changes), sum(one.passed_after for one in changes)
    return Effect(len(held), passed, passes, tuple(changes))


def effect_on(row: ExamVersionRow, one: RulingRow) -> Effect:
    """What a ruling would change, by the attempts of its version that are marked."""
    old, new = pass_mark_of(row), pass_mark_of(row)
    if one.means == Means.CUT and one.percent is not None:
        new = one.percent
        return _effect(_marked(row), old, new, {})
    item = next(found for found in bank_of(row) if found.id == one.item)
    held = _marked(row)
    return _effect(held, old, new, _rescored(row, held, item, one))


def _marked(row: ExamVersionRow) -> list[dict[str, Any]]:
    rows = AttemptRow.objects.filter(version=row, score__isnull=False, to_mark=False, state__in=SCORED)
    names = ("id", "learner_id", "form", "shares", "score", "state", "released_at")
    return [dict(zip(names, one, strict=True)) for one in rows.order_by("id").values_list(*names)]


def _effect(
    held: Sequence[Mapping[str, Any]], old: Decimal, new: Decimal, scores: Mapping[UUID, Decimal | None]
) -> Effect:
    changes, before, after, emptied = [], 0, 0, 0
    for one in held:
        counts = one["state"] != AttemptState.REJECTED
        score = scores.get(one["id"], one["score"])
        if score is None:
            emptied += 1
            continue
        passed, passes = (counts and mark >= cut for mark, cut in ((one["score"], old), (score, new)))
        before, after = before + passed, after + passes
        if counts and (score != one["score"] or passed != passes):
            known = one["released_at"] is not None
            told = (one["score"], score, passed, passes)
            changes.append(ResultChange(one["id"], one["learner_id"], known, *told))
    changes.sort(key=lambda change: (change.side == 0, change.side, change.after - change.before, change.attempt_id))
    return Effect(len(held), before, after, tuple(changes), emptied)


def _rescored(
    row: ExamVersionRow, marked: Sequence[Mapping[str, Any]], item: Item, one: RulingRow
) -> dict[UUID, Decimal | None]:
    """By attempt that had the question, the score after the ruling; None where no question would be left."""
    held = corrections_of(row.corrections)
    after = corrected_by(held.get(item.id, Correction()), item, Means(one.means), tuple(one.key))
    had = [found for found in marked if item.id in found["form"]]
    if by_people(item) or any(not found["shares"] for found in had):
        rows = attempt_rows().filter(id__in=[found["id"] for found in had])
        return {attempt.id: _score(shares_by(attempt, held | {item.id: after})[0]) for attempt in rows}
    given = _answers_to(row, item.id)
    earned: dict[tuple[str, ...], Fraction] = {}
    found = {}
    for one_had in had:
        shares = {name: Fraction(share) for name, share in one_had["shares"].items() if name != item.id}
        answer = given.get(one_had["id"], ())
        if not after.dropped:
            if answer not in earned:
                earned[answer] = share_by(item, answer, after, shares_of([item], {item.id: answer})[item.id])
            shares[item.id] = earned[answer]
        found[one_had["id"]] = _score(shares)
    return found


def _score(shares: Mapping[str, Fraction]) -> Decimal | None:
    return percent(list(shares.values())) if shares else None


def _answers_to(row: ExamVersionRow, item: str) -> dict[UUID, tuple[str, ...]]:
    rows = ResponseRow.objects.filter(attempt__version=row, item=item, version__isnull=False).order_by("version")
    return {attempt_id: tuple(given) for attempt_id, given in rows.values_list("attempt_id", "given")}


def attempts_to_recount(ruling_id: UUID) -> tuple[UUID, ...]:
    """The attempts that a ruling concerns and that were not worked out again yet."""
    one = RulingRow.objects.get(id=ruling_id)
    rows = AttemptRow.objects.filter(version_id=one.version_id, score__isnull=False, state__in=SCORED)
    if one.means != Means.CUT:
        ids = [found for found, form in rows.values_list("id", "form") if one.item in form]
        rows = AttemptRow.objects.filter(id__in=ids)
    return tuple(rows.exclude(changes__ruling=one).order_by("id").values_list("id", flat=True))


def changes_of(actor: Actor, attempt_id: UUID) -> tuple[ChangedResult, ...]:
    """How a released result changed after its release, oldest first, for who may see the attempt."""
    if not attempt(actor, attempt_id).released:
        return ()
    rows = ResultChangeRow.objects.filter(attempt_id=attempt_id, released=True).select_related("ruling")
    return tuple(
        ChangedResult(row.at, row.before, row.after, row.passed_before, row.passed_after, row.ruling.reason)
        for row in rows.order_by("at", "id")
    )


def judgement_of(actor: Actor, code: str, number: int) -> Judgement:
    """What the actor said as a judge of a version, empty before; never what others said."""
    row = version_row(actor, code, number)
    held = row.judgements.filter(judge_id=actor.own_id).first()
    return _judgement(held) if held else Judgement(actor.name, {}, None, None)


def standards(actor: Actor, code: str, number: int) -> tuple[Standard, ...]:
    """What each method would give for a version, with whom it would pass, before anything is adopted."""
    row = ruled_version(actor, code, number)
    said = [_judgement(one) for one in row.judgements.order_by("at", "id")]
    old, held = pass_mark_of(row), _marked(row)
    now = Standard(Method.FIXED, old, effect=_effect(held, old, old, {}))
    found = angoff_of(said, current_bank_of(row), blueprint_of(row))
    angoff = Standard(Method.ANGOFF, None, why=_NO_JUDGE)
    if found is not None:
        size = sum(line.count for line in blueprint_of(row)) or 1
        cut = hundredths(found.cut_percent)
        error = None if found.se_judges is None else hundredths(found.se_judges / size * 100)
        cuts = tuple(hundredths(one / size * 100) for one in found.judge_cuts)
        angoff = Standard(Method.ANGOFF, cut, len(cuts), error, cuts, _effect(held, old, cut, {}))
    return now, angoff, _hofstee(old, said, held)


_NO_JUDGE = Sentence("no_judge_yet", "No judge has rated a question of each topic yet.")


def _hofstee(old: Decimal, said: Sequence[Judgement], held: Sequence[Mapping[str, Any]]) -> Standard:
    scores = [one["score"] for one in held if one["state"] != AttemptState.REJECTED]
    judges = sum(one.bounds is not None for one in said)
    blank = Standard(Method.HOFSTEE, None, judges)
    if not judges:
        return replace(blank, why=Sentence("no_bounds_yet", "No judge has given bounds yet."))
    if len(scores) < FEWEST_RESULTS:
        words = "Fewer than {fewest} results are marked: too few to say how many should fail."
        return replace(blank, why=Sentence("too_few_results", words, fewest=FEWEST_RESULTS))
    found = hofstee_of(said, scores)
    if found is None or found.cut is None:
        words = "Within the judges’ bounds no pass mark fails as many as they allow."
        return replace(blank, why=Sentence("no_crossing", words))
    cut = hundredths(found.cut)
    return replace(blank, percent=cut, effect=_effect(held, old, cut, {}))


def as_ruling(row: RulingRow, prompts: Mapping[str, str]) -> Ruling:
    """A row as a value."""
    return Ruling(
        row.id,
        row.version.exam_id,
        row.version.number,
        Means(row.means),
        row.item,
        prompts.get(row.item, ""),
        tuple(row.key),
        Method(row.method) if row.method else None,
        row.percent,
        row.before_percent,
        row.reason,
        RulingState(row.state),
        row.proposed_by,
        row.proposed_by_id,
        row.proposed_at,
        row.adopted_by,
        row.adopted_at,
    )


def _judgement(row: JudgementRow) -> Judgement:
    bounds = Bounds(**{name: Decimal(one) for name, one in row.bounds.items()}) if row.bounds else None
    return Judgement(row.judge, row.ratings, bounds, row.at)
