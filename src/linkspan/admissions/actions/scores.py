"""The committee's scores of a whole round are taken in from a file."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import locked_round
from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.rules.acts import check_scores_open
from linkspan.admissions.rules.applications import may_admit
from linkspan.admissions.rules.score_file import BadRow, ScoreFile, TakenIn, read_scores
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


@transaction.atomic
def take_in_scores(*, actor: Actor, round_id: UUID, content: bytes, dry_run: bool, now: datetime) -> TakenIn:
    """Record the scores of a CSV file (`rules.score_file`), all of them or, while any row is bad, none.

    A row without a score leaves what stands. With `dry_run` nothing is saved and the same answer is given. For the
    institution's admissions staff, until the list is certified; nobody scores their own application.
    """
    row = locked_round(round_id)
    permit(may_admit(actor, row.institution), "score applications here")
    check_scores_open(as_round(row))
    told = read_scores(content)
    held = ApplicationRow.objects.filter(round=row, id__in=told.lines).order_by("id")
    applications = {found.id: found for found in (held if dry_run else held.select_for_update(of=("self",)))}
    bad = tuple(sorted((*told.bad, *_strange(actor, told, applications)), key=lambda wrong: wrong.line))
    before = {key: applications[key].score for key in told.scores if key in applications}
    fresh = [key for key, score in before.items() if score is None]
    changed = [key for key, score in before.items() if score not in (None, told.scores[key])]
    saved = not dry_run and not bad
    if saved:
        _save(actor, row.id, [applications[key] for key in (*fresh, *changed)], told, content, now)
    same = len(before) - len(fresh) - len(changed)
    return TakenIn(len(fresh), len(changed), same, told.unscored, bad, saved)


def _strange(actor: Actor, told: ScoreFile, applications: Mapping[UUID, ApplicationRow]) -> list[BadRow]:
    wrong = []
    for key, line in told.lines.items():
        if key not in applications:
            wrong.append(BadRow(line, f"application {key} is not one of this round"))
        elif actor.is_person(applications[key].learner_id):
            wrong.append(BadRow(line, f"application {key} is your own; somebody else scores it"))
    return wrong


def _save(
    actor: Actor, round_id: UUID, rows: list[ApplicationRow], told: ScoreFile, content: bytes, now: datetime
) -> None:
    before = {str(row.id): row.score for row in rows}
    for row in rows:
        row.score, row.scored_by = told.scores[row.id], actor.name
    ApplicationRow.objects.bulk_update(rows, ["score", "scored_by"], batch_size=200)
    after = {"scores": {str(row.id): row.score for row in rows}, "file": hashlib.sha256(content).hexdigest()}
    subject = f"admissions.round:{round_id}"
    audit.record(actor=actor, verb="take_in_scores", subject=subject, now=now, before={"scores": before}, after=after)
