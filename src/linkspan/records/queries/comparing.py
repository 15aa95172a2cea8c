"""Reads of comparisons of platforms with the record, for those who manage the platforms."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from linkspan.courseware.queries import platform_of
from linkspan.courseware.rules import may_manage_platforms
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.lists import Ask, Shape, found, values_of
from linkspan.kernel.paging import Page
from linkspan.kernel.readers import public
from linkspan.records.models import ComparedRow, ComparisonRow
from linkspan.records.rules.comparing import NEXT, OPEN, Compared, Comparison, Side, Standing

MOST_SHOWN = 50
COMPARED = Shape(
    search=lambda text: Q(username__istartswith=text),
    filters={
        "state": values_of(Standing, "state"),
        "outcome": {
            "open": Q(state__in=[*OPEN], left_at=None),
            "left": Q(left_at__isnull=False),
            "changed": Q(is_new=True),
        },
    },
    sorts={"title": ("username",), "state": ("state", "username"), "since": ("since", "username")},
    first="title",
)


def comparisons_of(actor: Actor, platform_id: UUID) -> tuple[Comparison, ...]:
    """The newest comparisons of a platform."""
    rows = ComparisonRow.objects.filter(platform_id=platform_of(actor, platform_id).id)
    return tuple(_comparison(row) for row in rows.order_by("-made_at", "-id")[:MOST_SHOWN])


def comparison(actor: Actor, comparison_id: UUID) -> Comparison:
    """One of them."""
    return _comparison(_held(actor, comparison_id))


def newest_comparison(actor: Actor, platform_id: UUID, run_id: str) -> Comparison:
    """The newest comparison of a run; NotFound while there is none."""
    rows = ComparisonRow.objects.filter(platform_id=platform_of(actor, platform_id).id, run_id=run_id)
    row = rows.order_by("-made_at", "-id").first()
    if row is None:
        raise NotFound("comparison_none", "This run was not compared yet. Have it compared first.")
    return _comparison(row)


def compared(actor: Actor, comparison_id: UUID, ask: Ask) -> Page[Compared]:
    """The lines of a comparison."""
    return found(ComparedRow.objects.filter(comparison=_held(actor, comparison_id)), ask, COMPARED, _line)


def every_line(actor: Actor, comparison_id: UUID) -> Iterator[Compared]:
    """All lines of a comparison, by username, however many."""
    rows = _held(actor, comparison_id).lines.order_by("username", "id")
    return (_line(row) for row in rows.iterator(chunk_size=1_000))


def compared_line(actor: Actor, line_id: UUID) -> Compared:
    """One line."""
    row = ComparedRow.objects.select_related("comparison").filter(id=line_id).first()
    if row is None or not may_manage_platforms(actor, row.comparison.institution):
        raise NotFound("comparison_unknown", "There is no such comparison at your institution.")
    return _line(row)


@public
def comparison_place(told: str) -> tuple[UUID, str]:
    """The id of a comparison that an address names, and whose it is; who may read it, its reads ask."""
    try:
        row = ComparisonRow.objects.filter(id=UUID(told)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("comparison_unknown", "There is no such comparison at your institution.")
    return row.id, row.institution


def is_newest(row: ComparisonRow) -> bool:
    """Whether no other comparison of the run came after it."""
    later = Q(made_at__gt=row.made_at) | Q(made_at=row.made_at, id__gt=row.id)
    return not ComparisonRow.objects.filter(later, platform_id=row.platform_id, run_id=row.run_id).exists()


def _held(actor: Actor, comparison_id: UUID) -> ComparisonRow:
    row = ComparisonRow.objects.filter(id=comparison_id).first()
    if row is None or not may_manage_platforms(actor, row.institution):
        raise NotFound("comparison_unknown", "There is no such comparison at your institution.")
    return row


def _comparison(row: ComparisonRow) -> Comparison:
    return Comparison(
        row.id,
        row.institution,
        row.platform_id,
        row.place,
        row.run_id,
        row.told_at,
        row.made_at,
        row.counts,
        row.changed,
        row.gone,
        is_newest(row),
    )


def _line(row: ComparedRow) -> Compared:
    state = Standing(row.state)
    return Compared(
        row.id,
        row.comparison_id,
        row.learner_id,
        row.username,
        state,
        NEXT[state],
        Side.read(row.here) if row.here else None,
        Side.read(row.there) if row.there else None,
        row.since,
        row.is_new,
        row.left_by_name,
        row.left_at,
        row.left_reason,
    )
