"""Give every test run a private home folder before settings are read, and judge no test by its speed.

After every test that uses the database nothing is given up, and all that waits can be delivered.
"""

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

if "LINKSPAN_HOME" not in os.environ:
    os.environ["LINKSPAN_HOME"] = tempfile.mkdtemp(prefix="linkspan-test-")

settings.register_profile("linkspan", deadline=None)
settings.load_profile("linkspan")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Begin the domain's time with the test; deliver what it leaves in the outbox, and fail it if anything fails there.

    A test that means deliveries to fail says so by the mark `deliveries_fail`.
    """
    from linkspan.kernel import clock

    clock._started = clock.real_now()
    result = yield
    of_the_database = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    if of_the_database and not item.get_closest_marker("deliveries_fail"):
        from tests.factories.deliveries import undelivered

        assert undelivered() == []
    return result


@pytest.fixture(autouse=True)
def _trail_notes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the heads of each test's trail in a file of its own: the database of the next one does not have them."""
    from django.conf import settings as site

    monkeypatch.setattr(site, "TRAIL_NOTES", tmp_path_factory.getbasetemp() / f"heads-{os.urandom(8).hex()}.jsonl")
