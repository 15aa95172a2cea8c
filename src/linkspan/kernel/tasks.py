"""What the clock does for the trail, for confirmed acts, and for what is kept too long."""

from linkspan.kernel.acts import release_due
from linkspan.kernel.audit import note_daily
from linkspan.kernel.retention import apply_retention

SUBSCRIPTIONS = ()
TICKS = (note_daily, apply_retention, release_due)
