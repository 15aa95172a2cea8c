"""The broker between those who publish and the workers, where one is named; what it carries is a word, never the work.

The outbox is the record. A message says that a lane has something to deliver; a worker then looks there. A message that
is lost, or comes twice, changes nothing but the time: every lane is looked at every few seconds in any case.
"""

import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import structlog
from django.conf import settings

from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.outside import leaving
from linkspan.kernel.retries import Lane

#: How long a broker may be silent while somebody waits for a page.
SECONDS = 2
#: After a broker was silent, it is not asked again for so long.
REST_SECONDS = 15.0

log = structlog.get_logger(__name__)


def transport_options() -> dict[str, Any]:
    """What the transport is told besides the address."""
    at_once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    if not settings.BROKER_URL.startswith("redis"):
        return at_once
    return {**at_once, "socket_connect_timeout": SECONDS, "socket_timeout": 30}


def is_named() -> bool:
    """Whether this installation has a broker."""
    return bool(settings.BROKER_URL)


def check_named() -> None:
    """Be Unusable where the engine is not installed, and Refused where the database is of one process."""
    from linkspan.site.database import is_embedded

    if find_spec("celery") is None:
        raise Unusable("engine_missing", "LINKSPAN_BROKER_URL names a broker, and Celery is not installed. Install the "
                       "extra: pip install 'linkspan[several]'.")  # fmt: skip
    if is_embedded():
        raise Refused("broker_needs_server", "jobs over a broker need PostgreSQL: name it by LINKSPAN_DATABASE_URL, or "
                      "unset LINKSPAN_BROKER_URL.")  # fmt: skip


def answers() -> str:
    """Return what is wrong with the broker, empty if it answers."""
    leaving()
    from linkspan.site.engine import app

    try:
        with app.connection_for_write(connect_timeout=SECONDS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=SECONDS)
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own
        return f"{type(error).__name__}: {error}"
    return ""


class Bell:
    """Wakes workers by the broker; one that is away holds up nobody, and is left alone for a while."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def ring(self, lanes: Sequence[Lane]) -> None:
        """Send a word for each lane; what cannot be sent is found by the next look into the outbox."""

        def send() -> None:
            from linkspan.site import engine

            for lane in lanes:
                engine.send(lane)

        self.send(send)

    def send(self, send: Callable[[], object]) -> None:
        """Call what sends, unless the broker was silent just now."""
        leaving()
        if time.monotonic() < self._silent_until:
            return
        try:
            send()
        except Exception as error:  # noqa: BLE001 - each transport has errors of its own, and nobody's request fails
            self._silent_until = time.monotonic() + REST_SECONDS
            log.warning("the broker does not answer; what was published is delivered when it does", error=str(error))


bell = Bell()
