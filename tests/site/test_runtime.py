"""The server from its wheels, in an environment without what development needs: small, and it serves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pathways.test_two_servers import free_port
from tests.site.running import ROOT, Running, environment

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]
#: Half of what a developer's environment takes, which is 2.2 GB.
MOST_BYTES = 1_100_000_000
#: What loads only with an extra; everything else must load here.
LARGE = "linkspan.admissions.engines."
EVERY_MODULE = """
import importlib, pkgutil, django, linkspan
django.setup()
names = [one.name for one in pkgutil.walk_packages(linkspan.__path__, "linkspan.")]
for name in names:
    if name != "linkspan.site.wsgi":
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as missing:
            print(name, missing.name)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Path:
    """What `make setup-server` makes."""
    folder = tmp_path_factory.mktemp("runtime")
    for project in (ROOT, ROOT / "setup" / "linkspan-vc"):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels")]
        subprocess.run(build, cwd=project, check=True, capture_output=True)
    told = {**os.environ, "WHEELS": str(folder / "wheels"), "PYTHON": sys.executable}
    made = subprocess.run(["bash", ROOT / "setup" / "server", folder / "env"], env=told, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder / "env"


def alone(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that finds the wheels and not the sources."""
    return {name: told for name, told in environment(home, **more).items() if name != "PYTHONPATH"}


def linkspan(server: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [server / "bin" / "linkspan", *words]
    return subprocess.run(command, capture_output=True, text=True, env=alone(home), cwd=home)


def test_it_is_half_as_large_as_a_developers(server) -> None:
    size = sum(place.lstat().st_blocks * 512 for place in server.rglob("*") if not place.is_symlink())
    assert size < MOST_BYTES, f"{size // 1_000_000} MB"


def test_nothing_but_tables_of_rounds_needs_more(server, tmp_path) -> None:
    command = [server / "bin" / "python", "-c", EVERY_MODULE]
    told = alone(tmp_path, DJANGO_SETTINGS_MODULE="linkspan.site.settings")
    ran = subprocess.run(command, capture_output=True, text=True, env=told, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    missing = dict(line.split() for line in ran.stdout.splitlines())
    assert {name for name in missing if not name.startswith(LARGE)} == set()
    assert set(missing.values()) == {"polars", "numba"}


def test_it_migrates_checks_and_serves(server, tmp_path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert linkspan(server, home, "migrate").returncode == 0
    checked = linkspan(server, home, "check", "--json")
    assert checked.returncode == 0, checked.stdout
    assert {json.loads(line)["verdict"] for line in checked.stdout.splitlines()} <= {"ok", "warn"}
    with Running(home, free_port(), "serve", program=[server / "bin" / "linkspan"], PYTHONPATH="") as running:
        running.until("/health/ready/", 200)
        assert running.get("/").status == 200
        assert b"/static/linkspan/" in running.get("/").body


def test_a_round_of_tables_says_what_to_install(server, tmp_path) -> None:
    ran = linkspan(server, tmp_path, "match", str(tmp_path), "--out", "result")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Install the extra `large` of linkspan." in ran.stderr
