"""Lists of the desks with 2,000 credentials and 10,000 applications: time on the server, and weight.

Makes the sample world in a temporary folder, puts in rows by bulk, and asks for pages in this process. Times are of
the processor, so that what else runs does not count. Prints the median and the 95th percentile for each address,
against 150 ms.

    python benchmarks/desk_lists.py [--credentials 2000] [--applications 10000] [--readings 20]
"""

import argparse
import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

LIMIT_MS, LIMIT_BYTES = 150, 100_000
NOW = datetime(2018, 10, 3, 12, tzinfo=UTC)
FIRST = ["Ada", "Bela", "Cleo", "Dora", "Emil", "Finn", "Gero", "Hana", "Ida", "Juri", "Kira", "Lena", "Milo", "Nora"]
LAST = ["Sample", "Example", "Muster", "Beispiel", "Placeholder", "Specimen", "Fiktiv", "Invented"]


def make_world(home: Path) -> None:
    """The sample world, empty of others."""
    os.environ |= {"LINKSPAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "linkspan.site.settings"}
    os.environ |= {"LINKSPAN_ON": NOW.isoformat(), "LINKSPAN_DEMO": "1"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from linkspan.site.sample.load import load_world, world
    from linkspan.site.sample.story import load_courses

    load_world()
    load_courses(world())


def put_rows(credentials: int, applications: int) -> str:
    """Invented people with credentials, applications to one round, and as many entries of the trail; the round's id."""
    from linkspan.accounts.models import User
    from linkspan.admissions.models import ApplicationRow, RoundRow
    from linkspan.credentials.models import CredentialRow, StatusEntryRow, StatusListRow
    from linkspan.kernel import audit
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.ids import new_id

    chance = random.Random(5)  # noqa: S311
    names = [f"{chance.choice(FIRST)} {chance.choice(LAST)}" for _ in range(applications)]
    people = [User(email=f"{n}@example.org", name=name, password="!") for n, name in enumerate(names)]  # noqa: S106
    User.objects.bulk_create(people, batch_size=500)
    listed = StatusListRow.objects.create(institution="MITx", issuer="x", length=131_072, changed_at=NOW)
    entries = [StatusEntryRow(status_list=listed, index=n) for n in range(credentials)]
    StatusEntryRow.objects.bulk_create(entries, batch_size=500)
    about = {"institution": "MITx", "achievement_key": "MITx/SCM", "title": "Supply Chain Management"}
    CredentialRow.objects.bulk_create(
        [
            CredentialRow(
                learner_id=one.id,
                holder_name=one.name,
                status_entry=entry,
                state=chance.choice(["active"] * 9 + ["revoked"]),
                awarded_at=NOW - timedelta(minutes=chance.randrange(900_000)),
                document={"filler": "x" * 4_000},
                **about,
            )
            for one, entry in zip(people, entries, strict=False)
        ],
        batch_size=200,
    )
    round_ = RoundRow.objects.filter(institution="MIT").first()
    assert round_ is not None
    ApplicationRow.objects.bulk_create(
        [
            ApplicationRow(
                learner_id=one.id,
                round=round_,
                state="submitted",
                audit_id=new_id(),
                eligibility=chance.choice(["met", "unknown", "not_met"]),
                score=chance.randrange(1_000),
                statement="x" * 2_000,
                submitted_at=NOW - timedelta(minutes=chance.randrange(90_000)),
            )
            for one in people
        ],
        batch_size=500,
    )
    for one in people[:applications]:
        audit.record(actor=system_actor("bench"), verb="submit_application", subject=f"accounts.user:{one.id}", now=NOW)
    return str(round_.id)


def measure(persona: str, address: str, readings: int) -> None:
    """Print what an address costs a person of the sample world."""
    from django.test import Client

    from linkspan.accounts.models import User
    from linkspan.site.sample.load import email_of

    client = Client()
    client.force_login(User.objects.get(email=email_of(persona)))
    answer = client.get(address)
    taken = []
    for _ in range(readings):
        began = time.process_time()
        client.get(address)
        taken.append(1_000 * (time.process_time() - began))
    taken.sort()
    p95, weight = taken[max(0, round(0.95 * len(taken)) - 1)], len(answer.content)
    verdict = "" if p95 < LIMIT_MS and weight < LIMIT_BYTES else "  OVER"
    told = f"{taken[len(taken) // 2]:6.0f} {p95:6.0f} ms {weight / 1_000:6.0f} kB"
    print(f"{told}  {answer.status_code} {address.replace('/desk/', '')[:70]}{verdict}", flush=True)


def main() -> None:
    """Make the world, and measure each list as it opens, searched, filtered, sorted, and deep in its pages."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--credentials", type=int, default=2_000)
    asked.add_argument("--applications", type=int, default=10_000)
    asked.add_argument("--readings", type=int, default=20)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_world(Path(folder))
        round_id = put_rows(given.credentials, given.applications)
        for more in ("", "?q=ada+sam", "?q=17@example.org", "?state=revoked", "?q=&sort=name", "?q=&page=40"):
            measure("mitx-registrar", f"/desk/credentials/{more}", given.readings)
        for more in ("", "?q=ada+sam", "?q=17@example.org", "?eligibility=met", "?q=&sort=name", "?q=&page=200"):
            measure("mit-admissions", f"/desk/rounds/{round_id}/{more}", given.readings)
        for more in ("", "?q=submit", "?q=ada+sam", "?since=2018-10-01"):
            measure("auditor", f"/desk/trail/{more}", given.readings)
        for persona in ("mitx-registrar", "mit-admissions"):
            measure(persona, "/desk/search/?q=ada", given.readings)


if __name__ == "__main__":
    main()
