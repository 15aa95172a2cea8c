"""What the clock does for the trail, and for what is kept too long."""

from linkspan.kernel.audit import note_daily
from linkspan.kernel.retention import apply_retention

SUBSCRIPTIONS = ()
TICKS = (note_daily, apply_retention)
