"""Where the public fixtures stand, if they are here."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    """Mark what lies in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout, or the one that LINKSPAN_SHARED names; skips the test without it."""
    place = Path(os.environ.get("LINKSPAN_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    if not place.is_dir():
        pytest.skip(f"the public fixtures are not here: no folder {place.name} beside the checkout")
    return place
