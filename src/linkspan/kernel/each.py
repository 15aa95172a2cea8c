"""Many at once, each by itself: one that fails is counted, named and shown, and holds up no other.

What the clock does keeps who failed until a later round goes well, for operators to see (`standing_failures`); a batch
that a person asked for tells them at once.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError, permit
from linkspan.kernel.models import JobFailureRow
from linkspan.kernel.outbox.letters import may_operate
from linkspan.kernel.reasons import Reason, Sentence

UNEXPECTED = "unexpected"
MOST_SHOWN, LONGEST = 200, 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failed[One]:
    """One of many that failed, and why; `code` is `unexpected` for a fault of ours."""

    one: One
    reason: Reason

    @property
    def code(self) -> str:
        """What a branch asks."""
        return self.reason.code

    @property
    def message(self) -> Sentence:
        """The sentence in English."""
        return self.reason.sentence


@dataclass(frozen=True, slots=True)
class Each[One, Result]:
    """What came of many: the results in order, and those that failed and were left as they were."""

    done: tuple[Result, ...]
    failed: tuple[Failed[One], ...]


def each[One, Result](
    ones: Iterable[One], act: Callable[[One], Result], *, calls_out: bool = False
) -> Each[One, Result]:
    """Do it for each, in a transaction of its own; `calls_out` leaves transactions to the act, which waits for others.

    An error outside of `act`, such as in what yields the ones, is an error of all.
    """
    done: list[Result] = []
    failed: list[Failed[One]] = []
    for one in ones:
        try:
            with nullcontext() if calls_out else transaction.atomic():
                done.append(act(one))
        except LinkspanError as no:
            failed.append(Failed(one, no.reason))
        except Exception as error:
            log.exception("one of many failed; the others go on", one=str(one))
            failed.append(Failed(one, Reason(UNEXPECTED, "{fault}", {"fault": f"{type(error).__name__}: {error}"})))
    return Each(tuple(done), tuple(failed))


def each_due[One, Result](
    job: str,
    ones: Iterable[One],
    act: Callable[[One], Result],
    *,
    now: datetime,
    calls_out: bool = False,
    named: Callable[[One], object] = str,
) -> Each[One, Result]:
    """Do what is due for each, and keep who failed in this round of the job, where operators see it."""
    found = each(ones, act, calls_out=calls_out)
    _keep(job, {str(named(one.one))[:200]: f"{one.code}: {one.message}"[:LONGEST] for one in found.failed}, now)
    return found


@transaction.atomic
def _keep(job: str, told: Mapping[str, str], now: datetime) -> None:
    standing = JobFailureRow.objects.filter(job=job)
    if not told and not standing.exists():
        return
    standing.exclude(subject__in=told).delete()
    JobFailureRow.objects.bulk_create(
        [JobFailureRow(job=job, subject=subject, error=error, since=now, at=now) for subject, error in told.items()],
        update_conflicts=True,
        unique_fields=["job", "subject"],
        update_fields=["error", "at"],
    )


@dataclass(frozen=True, slots=True)
class StandingFailure:
    """What a job of the clock could not do at its last round, and since when."""

    job: str
    subject: str
    error: str
    since: datetime
    at: datetime


def standing_failures(actor: Actor) -> tuple[StandingFailure, ...]:
    """What the clock's jobs could not do, oldest first, for operators."""
    permit(may_operate(actor), "see failures of jobs")
    rows = JobFailureRow.objects.order_by("since", "job", "subject")[:MOST_SHOWN]
    return tuple(StandingFailure(row.job, row.subject, row.error, row.since, row.at) for row in rows)


def count_standing_failures() -> int:
    """How many there are."""
    return JobFailureRow.objects.count()
