"""In which groups of a course learners are: by their cohort, their track, or by chance. They decide what shows."""

from collections.abc import Collection, Iterable
from uuid import UUID

from linkspan.courseware.engines.olx import Course
from linkspan.courseware.models import CohortPlaceRow, StateRow
from linkspan.courseware.rules import (
    COHORT,
    RANDOM,
    TRACK_GROUPS,
    TRACKS,
    Partition,
    by_chance,
    groups_by_cohort,
)
from linkspan.enrolment.queries import is_verified, verified_learners

Groups = dict[str, str]


def groups_of(learner_ids: Collection[UUID], course: Course) -> dict[UUID, Groups]:
    """The groups of learners by partition, as far as the course asks for them; one that asks for none costs nothing."""
    found: dict[UUID, Groups] = {one: {} for one in learner_ids}
    asked = _asked(course)
    partitions = [one for one in course.partitions if one.id in asked and one.active]
    if any(one.scheme == COHORT for one in partitions):
        _by_cohort(found, course)
    if TRACKS in asked:
        _by_track(found, course)
    for partition in partitions:
        if partition.scheme == RANDOM:
            _by_chance(found, course, partition)
    return found


def _asked(course: Course) -> set[str]:
    """Partitions on which it depends who sees something."""
    cohorts = {one.id for one in course.partitions if one.scheme == COHORT}
    asked = set()
    for block in course.root.walk():
        asked |= {partition for partition, _ in block.settings.group_access}
        if block.settings.partition in cohorts:
            asked.add(block.settings.partition)
    return asked


def _by_cohort(found: dict[UUID, Groups], course: Course) -> None:
    rows = CohortPlaceRow.objects.filter(run_id=course.run_id, learner_id__in=found, current=True)
    for learner_id, group in rows.exclude(cohort=None).values_list("learner_id", "cohort__group"):
        found[learner_id] |= groups_by_cohort(group)


def _by_track(found: dict[UUID, Groups], course: Course) -> None:
    verified = set(_verified(found, course.run_id))
    for learner_id, groups in found.items():
        groups[TRACKS] = TRACK_GROUPS["verified" if learner_id in verified else "audit"]


def _verified(ids: Collection[UUID], run_id: str) -> Iterable[UUID]:
    if len(ids) == 1:
        return [one for one in ids if is_verified(one, run_id)]
    return verified_learners(run_id)


def _by_chance(found: dict[UUID, Groups], course: Course, partition: Partition) -> None:
    """What an experiment drew before counts, so that a learner stays where she was."""
    experiments = [block.id for block in course.root.walk() if block.settings.partition == partition.id]
    rows = StateRow.objects.filter(learner_id__in=found, run_id=course.run_id, usage__in=experiments)
    drawn = {row.learner_id: str(row.state.get("drawn")) for row in rows} if experiments else {}
    for learner_id, groups in found.items():
        kept = drawn.get(learner_id, "")
        group = kept if partition.has(kept) else by_chance(str(learner_id), partition)
        if group is not None:
            groups[partition.id] = group
