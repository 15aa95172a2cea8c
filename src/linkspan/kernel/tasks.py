"""What the clock does for the trail."""

from linkspan.kernel.audit import note_daily

SUBSCRIPTIONS = ()
TICKS = (note_daily,)
