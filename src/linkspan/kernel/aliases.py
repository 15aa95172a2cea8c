"""Old ids of people: who had two accounts is found by both, and what was written under the old id is not rewritten."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from linkspan.kernel.models import AliasRow


def present_id(person_id: UUID) -> UUID:
    """The id under which the person is now: the same one, if their account was not joined with another."""
    return present_ids([person_id]).get(person_id, person_id)


def present_ids(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The present id of each old one among them."""
    return dict(AliasRow.objects.filter(old_id__in=list(ids)).values_list("old_id", "learner_id"))


def old_ids_of(person_id: UUID) -> tuple[UUID, ...]:
    """The ids of the accounts that were joined with theirs, oldest first."""
    return tuple(_of(person_id).order_by("at", "old_id"))


def old_ids(person_id: UUID) -> "QuerySet[AliasRow, UUID]":
    """The same as a subquery."""
    return _of(person_id)


def joined_since(at: datetime) -> tuple[tuple[UUID, UUID], ...]:
    """The old id and the present one of every account that was joined since."""
    return tuple(AliasRow.objects.filter(at__gte=at).order_by("at", "old_id").values_list("old_id", "learner_id"))


def is_same(one: UUID | None, other: UUID) -> bool:
    """Whether both are ids of one person, the first of them the present one."""
    return one is not None and (one == other or present_id(other) == one)


def _of(person_id: UUID) -> "QuerySet[AliasRow, UUID]":
    return AliasRow.objects.filter(learner_id=person_id).values_list("old_id", flat=True)
