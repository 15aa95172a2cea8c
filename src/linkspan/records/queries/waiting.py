"""What waits about records: evidence to check and to show again, and final grades that are not on record."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Count, Exists, OuterRef

from linkspan.accounts.rules import holds_any
from linkspan.catalog.queries import runs_by_id
from linkspan.enrolment.queries import counts_of_verified, verified_runs_of
from linkspan.kernel.waiting import Open, What, Whose, part, together
from linkspan.records.models import FactCheckRow, FactRow
from linkspan.records.queries.facts import evidence_queue
from linkspan.records.rules import DECLARED_BY_LEARNER, EVIDENCE_CHECKERS, Kind

#: How long after the end of a run its final grades usually take, and after which time nobody waits for them any more.
GRADES_WITHIN, GRADES_UNTIL = timedelta(days=14), timedelta(days=365)


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """Evidence of learners, for those whose work is with them, and grades of runs that have ended."""
    rows = whose.of(FactRow.objects.filter(kind__in=list(DECLARED_BY_LEARNER)).exclude(kind=Kind.RESIDENCE), school="")
    newer = FactRow.objects.filter(
        learner_id=OuterRef("fact__learner_id"), kind=OuterRef("fact__kind"), recorded_at__gt=OuterRef("checked_at")
    )
    refused = whose.of(FactCheckRow.objects.filter(~Exists(newer), accepted=False), school="")
    nowhere = {"institution": "", "learner": "learner_id"}
    yield from together(
        whose,
        part(What.CHECK_EVIDENCE, rows.filter(check_row=None), title="", since="recorded_at", **nowhere),
        part(What.SHOW_EVIDENCE_AGAIN, refused, title="", since="checked_at", **nowhere),
    )
    if whose.actor and whose.wants(What.CHECK_EVIDENCE) and holds_any(whose.actor, EVIDENCE_CHECKERS):
        for fact in evidence_queue(whose.actor, now):
            learner, since = fact.learner_id, fact.recorded_at
            yield Open(What.CHECK_EVIDENCE, fact.id, "", "", "", learner, None, learner, since, None)
    if whose.wants(What.PUBLISH_GRADES):
        yield from _grades_of(whose.learner, whose, now) if whose.learner else _grades(whose, now)


def _grades_of(learner_id: UUID, whose: Whose, now: datetime) -> Iterator[Open]:
    runs = verified_runs_of(learner_id)
    if not runs:
        return
    known = FactRow.objects.filter(learner_id=learner_id, kind=Kind.COURSE_GRADE, key__in=runs)
    yield from _of_runs(set(runs) - set(known.values_list("key", flat=True)), whose, now)


def _grades(whose: Whose, now: datetime) -> Iterator[Open]:
    """Runs with fewer grades on record than learners on the verified track."""
    learners = counts_of_verified(whose.schools)
    facts = FactRow.objects.filter(kind=Kind.COURSE_GRADE, key__in=list(learners)).values("key")
    known = dict(facts.values_list("key").annotate(Count("learner_id", distinct=True)))
    yield from _of_runs({run_id for run_id, count in learners.items() if known.get(run_id, 0) < count}, whose, now)


def _of_runs(run_ids: set[str], whose: Whose, now: datetime) -> Iterator[Open]:
    for run_id, run in sorted(runs_by_id(run_ids).items()) if run_ids else ():
        if run.ends <= now < run.ends + GRADES_UNTIL:
            told = (uuid5(NAMESPACE_URL, run_id), run_id, run.title, run.course.institution, whose.learner)
            yield Open(What.PUBLISH_GRADES, *told, None, None, run.ends, run.ends + GRADES_WITHIN)
