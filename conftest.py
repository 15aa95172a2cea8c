"""Give every test run a private home folder before settings are read, and judge no test by its speed.

After every test that uses the database nothing is given up, and all that waits can be delivered. On a database server
only what is of the database runs: the suite on SQLite has tried the rest.
"""

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

if "LINKSPAN_HOME" not in os.environ:
    os.environ["LINKSPAN_HOME"] = tempfile.mkdtemp(prefix="linkspan-test-")

#: Tests that are about it name the roles that need a second factor; others, and servers that they start, need none.
os.environ.setdefault("LINKSPAN_SECOND_FACTOR", "")

#: A database of a test is dropped at its end, so that no thread of a server may keep a connection to it.
os.environ.setdefault("LINKSPAN_DATABASE_KEEP", "0")

#: What is confirmed takes effect at once, but where a test is about undoing it.
os.environ.setdefault("LINKSPAN_UNDO_MINUTES", "0")

settings.register_profile("linkspan", deadline=None)
settings.load_profile("linkspan")

#: What takes longest begins first (with --no-loadscope-reorder), so that no process works alone at the end.
LONGEST = (
    "site/test_first_hour.py",
    "site/test_serve.py",
    "pathways/test_two_servers.py",
    "accounts/test_who_may_know.py",
    "site/test_journey.py",
    "journeys/",
    "recognition/test_worker.py",
    "credentials/test_killed_signing.py",
    "courseware/test_sandbox.py",
    "cli/test_unusable.py",
    "vc/test_differential.py",
    "finance/test_ledger_machine.py",
    "pathways/test_batch.py",
    "admissions/test_l",
    "admissions/test_concurrency.py",
    "credentials/test_concurrency.py",
    "kernel/test_b",
)


def pytest_configure() -> None:
    """Serve static files as they lie in the sources: servers inside of the tests know nothing of what was collected.

    Every template that a test renders is watched: it writes no day, number or state as Python does.
    """
    from django.conf import settings as site

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    site.STORAGES = {**site.STORAGES, "staticfiles": plain}
    site.STATIC_ROOT, site.WHITENOISE_USE_FINDERS = None, True
    site.SECOND_FACTOR_ROLES = []
    site.UNDO_MINUTES = 0
    from tests.factories.raw_values import watch

    watch()
    from tests.factories.emptying import empty_what_is_full

    empty_what_is_full()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what takes longest, and leave out what a server of the database has no part in."""
    from django.db import connection

    items.sort(key=_place)
    if connection.vendor == "sqlite":
        return
    elsewhere = [item for item in items if not _is_of_the_database(item)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if _is_of_the_database(item)]


def _place(item: pytest.Item) -> int:
    file = item.path.as_posix()
    return next((place for place, name in enumerate(LONGEST) if f"tests/{name}" in file), len(LONGEST))


def _is_of_the_database(item: pytest.Item) -> bool:
    """Whether a test uses the database of the run, or makes processes that use one of its kind."""
    from django.test import TestCase

    makes_processes = item.get_closest_marker("servers") or _names(item, "database")
    return (
        bool(makes_processes) or _asks_for_database(item) or issubclass(getattr(item, "cls", None) or object, TestCase)
    )


def _asks_for_database(item: pytest.Item) -> bool:
    """Whether a test uses the database of the run: by a fixture's name, or by the mark that requests one unnamed."""
    return _names(item, "db", "transactional_db", "live_server") or item.get_closest_marker("django_db") is not None


def _names(item: pytest.Item, *fixtures: str) -> bool:
    return not set(fixtures).isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Begin the domain's time with the test; deliver what it leaves in the outbox, and fail it if anything fails there.

    A test that means deliveries to fail says so by the mark `deliveries_fail`.
    """
    from linkspan.kernel import clock

    clock._started = clock.real_now()
    result = yield
    if _asks_for_database(item) and not item.get_closest_marker("deliveries_fail"):
        from tests.factories.deliveries import undelivered

        assert undelivered() == []
    return result


@pytest.fixture(autouse=True)
def _trail_notes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the heads of each test's trail in a file of its own: the database of the next one does not have them."""
    from django.conf import settings as site

    monkeypatch.setattr(site, "TRAIL_NOTES", tmp_path_factory.getbasetemp() / f"heads-{os.urandom(8).hex()}.jsonl")
