"""Steps of workers as processes: `prepare` publishes, `work` delivers what is due, `state` tells what came of it.

The subscriber of the fast lane writes to the database, that of the mail lane to a file, as if it had sent something;
those of the others ask somebody outside who does a thing once for each key, and tells by a file that it is done. One
number can be told to hang in the middle of its call: the worker says so and waits to be killed.
"""

import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

COUNT = 30


@dataclass(frozen=True, slots=True)
class BellRang:
    """To be delivered."""

    number: int


@dataclass(frozen=True, slots=True)
class EchoHeard:
    """What the subscriber of the fast lane does."""

    number: int


def main(step: str, folder: Path, now: datetime, lane: str, hang: int) -> None:
    """Take one step."""
    from linkspan.kernel import outbox
    from linkspan.kernel.models import OutboxDelivery, OutboxMessage
    from linkspan.kernel.retries import Lane

    def pause(number: int) -> None:
        if number == hang:
            print("in the middle", flush=True)
            time.sleep(600)

    def on_fast(delivered: outbox.Delivered[BellRang]) -> None:
        outbox.publish(EchoHeard(delivered.event.number), now=now)
        pause(delivered.event.number)

    def on_mail(delivered: outbox.Delivered[BellRang]) -> None:
        with (folder / "sent").open("a") as sent:
            sent.write(f"{delivered.event.number} {delivered.key}\n")
        pause(delivered.event.number)

    def on_call(delivered: outbox.Delivered[BellRang]) -> None:
        with (folder / "asked").open("a") as asked:
            asked.write(f"{delivered.event.number}\n")
        written = folder / f"writing-{os.getpid()}"
        written.write_text(str(delivered.event.number))
        try:
            (folder / f"done-{delivered.key}").hardlink_to(written)  # whole or not at all, for who counts meanwhile
        except FileExistsError:
            return  # it was done, and is not done again
        finally:
            written.unlink()
        pause(delivered.event.number)

    handler = {Lane.FAST: on_fast, Lane.MAIL: on_mail}.get(Lane(lane), on_call)
    outbox.subscribe("story", outbox.Subscription(BellRang, handler, Lane(lane)))
    if step == "prepare":
        outbox.publish_all([BellRang(number) for number in range(COUNT)], now=now)
    if step == "work":
        while outbox.deliver(Lane(lane), now=now):
            time.sleep(0.01)  # so that the other one has its turn
    echoes = OutboxMessage.objects.filter(event=outbox.event_name(EchoHeard)).values_list("payload", flat=True)
    sent = (folder / "sent").read_text().splitlines() if (folder / "sent").exists() else []
    asked = (folder / "asked").read_text().split() if (folder / "asked").exists() else []
    told = {
        "asked": sorted(Counter(map(int, asked)).items()),
        "done": sorted(int(done.read_text()) for done in folder.glob("done-*")),
        "echoes": sorted(told["number"] for told in echoes),
        "sent": sorted(Counter(int(line.split()[0]) for line in sent).items()),
        "keys": len({line.split()[1] for line in sent}),
        "states": sorted(Counter(OutboxDelivery.objects.values_list("state", flat=True)).items()),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    import dj_database_url
    import django
    from django.conf import settings
    from django.core.management import call_command

    words = sys.argv[1:]
    database = dj_database_url.parse(words.pop())
    if database["ENGINE"].endswith("sqlite3"):
        wal = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        database["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": wal}
    # No more than the outbox needs, so that a process starts at once.
    settings.configure(INSTALLED_APPS=["linkspan.kernel"], DATABASES={"default": database}, USE_TZ=True, OTLP_URL="")
    django.setup()
    if words[0] == "prepare":
        call_command("migrate", "kernel", verbosity=0)
    main(words[0], Path(words[1]), datetime.fromisoformat(words[2]), words[3], int(words[4]))
