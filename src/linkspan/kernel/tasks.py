"""What the clock does for the trail, for confirmed acts, for tables in parts, and for what is kept too long."""

from linkspan.kernel.acts import release_due
from linkspan.kernel.audit import note_daily
from linkspan.kernel.partitions import keep_partitions
from linkspan.kernel.retention import apply_retention

SUBSCRIPTIONS = ()
TICKS = (note_daily, keep_partitions, apply_retention, release_due)
