"""Settings of an installation whose listeners are the story's: no more than the outbox and the engine need.

In each lane a listener notes what it did where its lane's work shows: the fast one in the database, the others in
files, as somebody outside would who does a thing once for each key. One number hangs in the middle of its first try:
the worker says so by a file and waits to be killed.
"""

import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import dj_database_url
from django.apps import AppConfig

from linkspan.kernel.retries import Lane
from linkspan.site.broker_address import broker_url

HOME = Path(os.environ["LINKSPAN_HOME"])
FOLDER = HOME / "story"
DATABASES = {"default": dj_database_url.parse(os.environ.get("LINKSPAN_DATABASE_URL", "sqlite://"))}
BROKER_URL = broker_url(os.environ.get("LINKSPAN_BROKER_URL", ""))
INSTALLED_APPS = ["linkspan.kernel", "tests.kernel.broker_story.Story"]
DOMAINS = ["story"]
USE_TZ = True
SECRET_KEY = DOCUMENT_KEY = PDF_SEAL = "of the story"
COUNT, FATAL = 8, 3
LANES = tuple(Lane)


@dataclass(frozen=True, slots=True)
class BellRang:
    """To be delivered in every lane."""

    number: int


@dataclass(frozen=True, slots=True)
class EchoHeard:
    """What the listener of the fast lane does."""

    number: int


def hear(lane: Lane):
    """The listener of a lane."""

    def listener(delivered) -> None:
        from linkspan.kernel import outbox

        number = delivered.event.number
        if lane is Lane.FAST:
            outbox.publish(EchoHeard(number), now=delivered.now)
        else:
            with (FOLDER / f"asked-{lane}").open("a") as asked:
                asked.write(f"{number} {delivered.key}\n")
            (FOLDER / f"done-{lane}-{delivered.key}").write_text(str(number))
        hung = FOLDER / f"hung-{lane}"
        if number == FATAL and not hung.exists():
            hung.write_text("")
            time.sleep(600)

    listener.__name__ = f"on_{lane}"
    return listener


class Story(AppConfig):
    """The one who listens."""

    name = "tests.kernel"
    label = "story"

    def ready(self) -> None:
        """Subscribe in every lane, and wake by the broker."""
        from linkspan.kernel import outbox
        from linkspan.site.broker import bell

        FOLDER.mkdir(exist_ok=True)
        outbox.wake_by(bell.ring)
        for lane in LANES:
            outbox.subscribe("story", outbox.Subscription(BellRang, hear(lane), lane))


def state() -> dict:
    """What came of it, by lane."""
    from linkspan.kernel import outbox
    from linkspan.kernel.models import OutboxDelivery, OutboxMessage

    echoes = OutboxMessage.objects.filter(event=outbox.event_name(EchoHeard)).values_list("payload", flat=True)
    done = {str(Lane.FAST): sorted(told["number"] for told in echoes)}
    asked = {}
    for lane in LANES[1:]:
        done[str(lane)] = sorted(int(found.read_text()) for found in FOLDER.glob(f"done-{lane}-*"))
        file = FOLDER / f"asked-{lane}"
        lines = file.read_text().splitlines() if file.exists() else []
        asked[str(lane)] = sorted(Counter(int(line.split()[0]) for line in lines).items())
    rows = OutboxDelivery.objects.values_list("lane", "state")
    return {"done": done, "asked": asked, "states": sorted([*k, n] for k, n in Counter(rows).items())}


def main(step: str) -> None:
    """Take one step."""
    from linkspan.kernel import outbox
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.models import OutboxDelivery

    if step == "publish":
        outbox.publish_all([BellRang(number) for number in range(COUNT)], now=domain_now())
    if step == "end leases":
        OutboxDelivery.objects.exclude(lease_until=None).update(lease_until=domain_now())
    print(json.dumps(state()))
