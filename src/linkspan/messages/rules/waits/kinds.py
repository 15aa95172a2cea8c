"""Every kind of wait, once: the learner's turns, the offices', colleagues', those of others elsewhere, and days."""

from collections.abc import Mapping

from linkspan.kernel.waiting import What
from linkspan.messages.rules.waits.of_days import DAYS
from linkspan.messages.rules.waits.of_learners import LEARNERS
from linkspan.messages.rules.waits.of_offices import OFFICES
from linkspan.messages.rules.waits.of_staff import STAFF
from linkspan.messages.rules.waits.values import Kind

KINDS: Mapping[What, Kind] = {**LEARNERS, **OFFICES, **STAFF, **DAYS}
#: The waits that a learner sees, and those of which each is somebody's turn at a desk.
OF_LEARNER = frozenset(what for what, kind in KINDS.items() if kind.own)
OF_DESK = frozenset(what for what, kind in KINDS.items() if kind.desk)
