"""Status lists of others in their token form, kept in this process as long as their issuers allow."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from linkspan.vc import status_tokens
from linkspan.vc.did import WebResolver
from linkspan.vc.errors import VcError

#: Of at most two megabytes each.
MOST_KEPT = 20
#: However long a list says that it may be kept.
LONGEST = timedelta(hours=12)

_kept: OrderedDict[str, tuple[datetime, datetime, bytes]] = OrderedDict()
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class KeepingResolver(WebResolver):
    """Asks as `WebResolver` does; a list whose time (`ttl`, `exp`) has not run out at `now` is not asked for again.

    Kept is what was answered, whose signature is judged each time it is used.
    """

    now: datetime | None = None

    def status_list(self, url: str) -> bytes:
        """The status list at an address, as it was answered now or not long ago."""
        with _one_at_a_time:
            since, until, held = _kept.get(url, (None, None, b""))
        if self.now and since and until and since <= self.now < until:
            return held
        found = WebResolver.status_list(self, url)
        if self.now:
            _keep(url, found, self.now)
        return found


def _keep(url: str, found: bytes, now: datetime) -> None:
    try:
        until = status_tokens.kept_until(status_tokens.read_list(found, url)[2], now)
    except VcError:
        return
    if until is None:
        return
    with _one_at_a_time:
        _kept[url] = now, min(until, now + LONGEST), found
        _kept.move_to_end(url)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
