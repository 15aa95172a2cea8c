"""One learner x all pathways: the page «Where can this take me» on a warm server, against its limits.

Where the sample network has fewer than 29 pathways it is filled up with copies, and the number of them is printed.
Makes a world of its own in a temporary folder, serves it on a free port of the loopback address as `linkspan serve`
does, signs in as the learner of the story and reads the page again and again. Prints the number of pathways, p50, p95,
the queries of one reading, and each as a ratio of its limit: at most 12 queries, p95 at most 60 ms.

    python benchmarks/pathways_page.py [--readings 200] [--port 8199]
"""

import argparse
import http.client
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

MOST_QUERIES, MOST_MS, PATHWAYS = 12, 60.0, 29
PATH = "/pathways/mine/"
ON = "2026-11-25T12:00:00+00:00"


def fill_up() -> int:
    """Copies of the network's agreements under other names until there are 29 pathways; returns how many were made."""
    from linkspan.pathways.actions import publish_version
    from linkspan.pathways.queries import network_on
    from linkspan.site.sample.load import OPENING, SETUP

    held = [row.document for row in network_on(date.fromisoformat(ON[:10]))]
    copies = max(PATHWAYS - len(held), 0)
    for number in range(copies):
        document = held[number % len(held)]
        publish_version(actor=SETUP, document={**document, "id": f"{document['id']}-{number}"}, now=OPENING)
    return copies


def make_world() -> str:
    """The sample world with a holder; returns a session key of theirs."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from linkspan.site.sample import story
    from linkspan.site.sample.load import load_world, world

    call_command("migrate", verbosity=0)
    cast = load_world()
    story.add_holders(cast, world())
    user = get_user_model().objects.get(email="dedp-holder@example.org")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def count_queries(session_key: str) -> tuple[int, int]:
    """Queries and pathways of one warm reading, in this process."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    setup_test_environment()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    client.get(PATH)
    with CaptureQueriesContext(connection) as found:
        page = client.get(PATH)
    assert page.status_code == 200, page.status_code
    return len(found), len(page.context["rows"])


def read(port: int, path: str, session_key: str) -> tuple[float, int]:
    """Milliseconds and bytes of one reading over HTTP."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"sessionid={session_key}"})
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    assert answer.status == 200, answer.status
    return (time.perf_counter() - began) * 1000, size


def wait_for(port: int) -> None:
    """Until the server answers."""
    for _ in range(120):
        try:
            read(port, "/health/", "")
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise SystemExit("the server did not start")


def measure(port: int, session_key: str, readings: int) -> tuple[list[float], int]:
    """Readings one after the other on a warm server."""
    starter = "from linkspan.site.command import main; import sys; sys.exit(main())"
    server = subprocess.Popen([sys.executable, "-c", starter, "serve", "--port", str(port), "--no-worker"])
    try:
        wait_for(port)
        for _ in range(20):
            _, size = read(port, PATH, session_key)
        return sorted(read(port, PATH, session_key)[0] for _ in range(readings)), size
    finally:
        server.terminate()
        server.wait(timeout=20)


def main() -> int:
    """Measure, print, and fail where a limit is passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readings", type=int, default=200)
    parser.add_argument("--port", type=int, default=8199)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"LINKSPAN_HOME": home, "LINKSPAN_ON": ON, "DJANGO_SETTINGS_MODULE": "linkspan.site.settings"}
        os.environ["LINKSPAN_BASE_URL"] = f"http://127.0.0.1:{arguments.port}"
        session_key = make_world()
        copies = fill_up()
        queries, pathways = count_queries(session_key)
        times, size = measure(arguments.port, session_key, arguments.readings)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"pathways {pathways} ({copies} of them copies), page {size / 1024:.0f} KiB, readings {len(times)}")
    print(f"queries  {queries:6d}   limit {MOST_QUERIES}   ratio {queries / MOST_QUERIES:.2f}")
    print(f"p50 ms   {p50:6.1f}")
    print(f"p95 ms   {p95:6.1f}   limit {MOST_MS:.0f}   ratio {p95 / MOST_MS:.2f}")
    print(f"processor time of the server for all of it: {used.ru_utime + used.ru_stime:.1f} s")
    return 0 if queries <= MOST_QUERIES and p95 <= MOST_MS else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    sys.exit(main())
