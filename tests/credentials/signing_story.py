"""Steps of a story in a database of its own: `prepare SOCKET` has a program completed, `state` counts effects."""

import json
import sys
from collections import Counter
from typing import Any


def prepare(place: str) -> dict[str, Any]:
    """A signer process holds the key; a learner's grades complete the program, and nothing is delivered yet."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories.people import NOW, SYSTEM
    from tests.factories.story import put_grades
    from tests.factories.world import load_world

    from linkspan.institutions.actions import make_signing_key
    from linkspan.institutions.rules import Custody

    cast = load_world()
    make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True, custody=Custody.PROCESS, reference=place)
    put_grades(cast["learner"])
    from linkspan.credentials.actions import claim_award

    claim_award(actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW)
    return state()


def state() -> dict[str, Any]:
    """How often each effect of one award stands."""
    from linkspan.credentials.models import ClaimRow, CredentialRow, LogEntryRow
    from linkspan.kernel.models import OutboxMessage, TrailEntry
    from linkspan.messages.models import NoticeRow
    from linkspan.records.models import FactRow

    return {
        "claims": ClaimRow.objects.count(),
        "credentials": Counter(CredentialRow.objects.values_list("kind", flat=True)),
        "logged": LogEntryRow.objects.exclude(credential=None).count(),
        "facts": FactRow.objects.filter(kind="credential").count(),
        "told": OutboxMessage.objects.filter(event="credentials.CredentialIssued").count(),
        "trail": TrailEntry.objects.filter(verb="issue_credential").count(),
        "notices": NoticeRow.objects.filter(kind="credential_issued").count(),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"prepare": prepare, "state": state}[sys.argv[1]](*sys.argv[2:])))
