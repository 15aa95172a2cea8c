"""Reads of answers that people mark: what waits for whom, and the marks once the result is out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from uuid import UUID

from django.db.models import QuerySet

from linkspan.exams.engines.rulings import corrected_shares
from linkspan.exams.models import AttemptRow, MarkRow, ResponseRow
from linkspan.exams.queries.attempts import attempt, responses_of, saved_answers
from linkspan.exams.queries.files import handed_in, named_by, without_names
from linkspan.exams.queries.values import as_exam, attempt_rows, bank_of, rejecters_of
from linkspan.exams.rules import (
    IN_REVIEW,
    AttemptState,
    Item,
    Mark,
    Marking,
    Standing,
    ToMark,
    earned,
    may_decide_appeal,
)
from linkspan.exams.rules.items import BY_PEOPLE
from linkspan.exams.rules.rulings import Correction, corrections_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit

#: While an attempt is in one of these, people mark it.
MARKED_IN = (*IN_REVIEW, AttemptState.VERIFIED)


def essays_of(row: AttemptRow) -> dict[str, tuple[Item, int, tuple[str, ...]]]:
    """The answered questions of a form that people mark, each with the version of its answer, and its text or files."""
    bank = {item.id: item for item in bank_of(row.version)}
    settled = {name for name, one in corrections_of(row.version.corrections).items() if one.dropped or one.full}
    asked_of_people = set(row.form) - settled
    essays = [bank[name] for name in row.form if name in asked_of_people and bank[name].kind in BY_PEOPLE]
    answers = saved_answers(row.id) if essays else ()
    held = {one.item: one for one in answers if one.given and one.given[0].strip()}
    asked = [item for item in essays if item.id in held]
    return {item.id: (item, held[item.id].version, held[item.id].given) for item in asked}


def totals_of(row: AttemptRow) -> dict[tuple[str, int], list[int]]:
    """The points that each answer got, by item and version, in the order in which markers were named."""
    found: dict[tuple[str, int], list[int]] = {}
    for one in row.marks.filter(marked_at__isnull=False).order_by("number"):
        found.setdefault((one.item, one.version), []).append(sum(one.points or ()))
    return found


def earned_by_marks(row: AttemptRow) -> dict[str, Fraction | None]:
    """What each answer that people mark earned; None while a mark is missing."""
    essays = essays_of(row)
    totals = totals_of(row) if essays else {}
    return {name: earned(item, totals.get((name, version), [])) for name, (item, version, _) in essays.items()}


def shares_by(row: AttemptRow, corrections: Mapping[str, Correction]) -> tuple[dict[str, Fraction], bool]:
    """What each question of a form earned by those corrections, and whether people have still to mark some of it."""
    bank = {item.id: item for item in bank_of(row.version)}
    settled = {name for name, one in corrections.items() if one.dropped or one.full}
    by_people = {name: share for name, share in earned_by_marks(row).items() if name not in settled}
    given = {name: share for name, share in by_people.items() if share is not None}
    shares = corrected_shares([bank[name] for name in row.form], responses_of(row.id), given, corrections)
    return shares, None in by_people.values()


def attempts_to_assign() -> tuple[UUID, ...]:
    """Attempts with answers that people mark, handed in, with nothing late that waits for a decision."""
    rows = AttemptRow.objects.filter(to_mark=True, released_at=None, state__in=MARKED_IN)
    late = ResponseRow.objects.filter(standing=Standing.LATE).values("attempt_id")
    return tuple(rows.exclude(id__in=late).values_list("id", flat=True))


def load_of(code: str) -> Mapping[UUID, int]:
    """How many answers of an exam each marker was given."""
    return Counter(MarkRow.objects.filter(attempt__version__exam_id=code).values_list("marker_id", flat=True))


def to_mark(actor: Actor) -> tuple[ToMark, ...]:
    """The answers that wait for the actor's mark, oldest first."""
    return tuple(_waiting(waiting_rows(actor)[:200]))


def count_to_mark(actor: Actor) -> int:
    """How many answers wait for the actor's mark."""
    return waiting_rows(actor).count()


def one_to_mark(actor: Actor, mark_id: UUID) -> ToMark:
    """One answer that waits for the actor's mark; NotFound for anybody else, and once it is marked."""
    found = tuple(_waiting(waiting_rows(actor).filter(id=mark_id)))
    if not found:
        raise NotFound("mark_unknown", "No such answer waits for you.")
    return found[0]


def waiting_rows(actor: Actor) -> QuerySet[MarkRow]:
    """The rows of answers that wait for the actor's mark."""
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "mark answers")
    rows = MarkRow.objects.filter(marker_id=actor.own_id, marked_at=None, attempt__state__in=MARKED_IN)
    here = rows.filter(attempt__released_at=None, attempt__sitting__exam__institution__in=mine)
    return here.select_related("attempt__version", "attempt__sitting").order_by("assigned_at", "id")


def _waiting(rows: Iterable[MarkRow]) -> Iterable[ToMark]:
    for row in rows:
        asked = essays_of(row.attempt).get(row.item)
        if asked is not None and asked[1] == row.version:
            title, due = row.attempt.version.title, row.attempt.sitting.release_at
            files = without_names(named_by(asked[2], handed_in(row.attempt_id, row.item))) if asked[0].accepts else ()
            text = "" if asked[0].accepts else asked[2][0]
            yield ToMark(row.id, title, asked[0], text, files, row.number > 2, row.assigned_at, due)


def marks_of(actor: Actor, attempt_id: UUID) -> tuple[Mark, ...]:
    """The marks of an attempt with their rubric, once its result is out, for who may see the attempt."""
    found = attempt(actor, attempt_id)
    return _marks(attempt_rows().get(id=attempt_id)) if found.released else ()


def _marks(row: AttemptRow) -> tuple[Mark, ...]:
    asked = {(name, version): item for name, (item, version, _) in essays_of(row).items()}
    rows = row.marks.filter(marked_at__isnull=False).order_by("item", "number")
    return tuple(_mark(one, asked[one.item, one.version]) for one in rows if (one.item, one.version) in asked)


def appeal_marks(actor: Actor, attempt_id: UUID) -> tuple[Mark, ...]:
    """The marks of an attempt whose appeal waits, for who may decide it."""
    row = attempt_rows().get(id=attempt_id)
    exam = as_exam(row.version)
    permit(may_decide_appeal(actor, exam, row.learner_id, rejecters_of(row)), "see these marks")
    return _marks(row)


def _mark(row: MarkRow, item: Item) -> Mark:
    most = tuple(int(one) for one in item.answers)
    told = (tuple(row.points or ()), row.comment, row.marked_by, row.marked_at or row.assigned_at)
    return Mark(item.id, item.prompt, item.options, most, *told, row.number > 2)


def marking_of(actor: Actor, attempt_id: UUID) -> Marking | None:
    """How far the marking of an attempt is, for who may see it; None if people mark nothing of it."""
    found = attempt(actor, attempt_id)
    row = attempt_rows().get(id=attempt_id)
    if found.submitted_at is None or found.released:
        return None
    shares = earned_by_marks(row)
    if not shares:
        return None
    return Marking(len(shares), sum(share is not None for share in shares.values()), found.submitted_at)
