"""Steps of a story in a database of its own: `prepare` revokes and delivers nothing; `told` waits until it is known."""

import json
import sys
import time
from typing import Any

WAIT_SECONDS = 600


def prepare() -> dict[str, Any]:
    """A learner with credit at a school, whose credential is revoked; the event of it lies in the outbox."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories.world import load_world
    from tests.recognition.test_actions import LATER, accepted, entitled, join

    from linkspan.credentials.actions import revoke_credential
    from linkspan.credentials.queries import credentials_of
    from linkspan.kernel import outbox

    cast = load_world()
    learner = entitled(cast)
    join(cast, accepted(cast, learner).id)
    outbox.drain(now=LATER)
    (held,) = credentials_of(learner, learner.person_id)
    revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Issued in error.", now=LATER)
    return state()


def state() -> dict[str, Any]:
    """Cases, and the titles of the notices about them."""
    from linkspan.messages.models import NoticeRow
    from linkspan.recognition.models import CaseRow

    kinds = NoticeRow.objects.filter(kind__in=["case_opened", "case_waits"]).values_list("kind", flat=True)
    return {"cases": list(CaseRow.objects.values_list("reason", flat=True)), "notices": sorted(set(kinds))}


def told() -> dict[str, Any]:
    """What is there once both sides were told, or after long enough."""
    last = time.monotonic() + WAIT_SECONDS
    while len((found := state())["notices"]) < 2 and time.monotonic() < last:
        time.sleep(0.2)
    return found


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"prepare": prepare, "told": told}[sys.argv[1]]()))
