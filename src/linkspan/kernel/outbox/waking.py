"""Whom to wake when something was published: a worker that waits for a word, where there is one."""

from collections.abc import Callable, Sequence

from django.db import transaction

from linkspan.kernel.retries import Lane

#: Called with the lanes in which there is something to deliver, one for each worker that may begin, after the commit.
type Wake = Callable[[Sequence[Lane]], None]

#: More than so many workers are not woken for what is published at once: each wakes the next one itself.
MOST_WOKEN = 4

_wake: list[Wake] = []


def wake_by(wake: Wake) -> None:
    """Have `wake` called from now on; without it, workers look by themselves."""
    _wake[:] = [wake]


def wake_after_commit(lanes: Sequence[Lane]) -> None:
    """Wake workers of those lanes once the data that was written can be seen."""
    if not _wake or not lanes:
        return
    woken = tuple(lane for lane in Lane for _ in range(min(lanes.count(lane), MOST_WOKEN)))
    transaction.on_commit(lambda: _wake[0](woken))
