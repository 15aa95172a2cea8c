"""A process of an installation with a replica: it writes, or reads, tries to write there and tells what came of it."""

import json
import os
import sys
from typing import Any


def main(verb: str) -> dict[str, Any]:
    """`write` an entry of the trail, or `read`: where, how many entries, how far behind, and what is refused."""
    from django.db import DatabaseError, connections

    from linkspan.kernel import audit, heartbeat, replica
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.clock import real_now
    from linkspan.kernel.lists import Ask
    from linkspan.kernel.models import TrailEntry
    from linkspan.site.health import health

    now = real_now()
    if verb == "write":
        audit.record(actor=system_actor("replica story"), verb="try", subject="x:1", now=now)
        heartbeat.beat("worker", now=now)
        return {}
    with replica.late_reads():
        database = TrailEntry.objects.all().db
    refused = []
    for act in (
        lambda: TrailEntry.objects.using("replica").update(why="no"),
        lambda: connections["replica"].cursor().execute("DELETE FROM kernel_trail_entry"),
    ):
        try:
            act()
        except DatabaseError as error:
            refused.append(type(error.__cause__).__name__)
    told = json.loads(health().content)
    return {
        "from": database,
        "entries": len(audit.entries(Ask()).rows),
        "refused": refused,
        "replica": told["replica"],
        "behind": told["replica_behind_seconds"],
        "healthy": told["healthy"],
    }


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    django.setup()
    print(json.dumps(main(sys.argv[1])))
