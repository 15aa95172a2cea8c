"""An installation of 0.1.0 with the whole story in it is brought to this version, and loses nothing."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from tests.pathways.test_two_servers import free_port
from tests.site.running import PATIENCE, ROOT, Running, environment, linkspan

#: The last commit of 0.1.0, from whose sources the old installation is made.
LAST_OF_0_1_0 = "92b84a373f9391d35f5fee10e70c42a5d7b00e15"
#: Of these, every row is still there: what was decided, and what was held.
KEPT = {
    "accounts_user": "id",
    "admissions_application": "id",
    "credentials_credential": "id",
    "enrolment_enrolment": "id",
    "exams_attempt": "id",
    "kernel_trail_entry": "at, verb, subject",
    "pathways_audit": "id",
    "recognition_credit_award": "id",
    "records_fact": "id",
}
#: What setup makes, and what no commit holds.
BUILT = ("vc/contexts/built", "web/static/built")


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """The home of a demo that 0.1.0 made, with this version's packages."""
    folder = tmp_path_factory.mktemp("old")
    if git("rev-parse", "--is-shallow-repository") != b"false\n":
        pytest.skip("this checkout has no history that reaches back to 0.1.0")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=git("archive", LAST_OF_0_1_0, "src"), check=True)
    for built in BUILT:
        shutil.copytree(ROOT / "src/linkspan" / built, folder / "src/linkspan" / built)
    command = [sys.executable, "-m", "linkspan.site.command", "demo", "--no-serve"]
    variables = environment(folder / "home", PYTHONPATH=str(folder / "src"))
    made = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert made.returncode == 0, made.stderr[-2000:]
    return folder / "home" / "demo"


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False).stdout


def rows(home: Path, question: str) -> list[tuple]:
    with closing(sqlite3.connect(home / "linkspan.sqlite3")) as database:
        return database.execute(question).fetchall()


def held(home: Path) -> dict[str, set[tuple]]:
    return {table: set(rows(home, f"SELECT {key} FROM {table}")) for table, key in KEPT.items()}


@pytest.mark.drill
@pytest.mark.timeout(2 * PATIENCE)
def test_an_installation_of_0_1_0_is_brought_here_whole(old) -> None:
    before = held(old)
    assert all(before.values())
    assert linkspan(old, "migrate", "--check").returncode == 1
    moved = linkspan(old, "migrate")
    assert moved.returncode == 0, moved.stderr
    assert linkspan(old, "migrate", "--check").returncode == 0

    after = held(old)
    assert [table for table in KEPT if not before[table] <= after[table]] == []
    checked = linkspan(old, "trail", "verify")
    assert (checked.returncode, checked.stdout) == (0, "Every entry is as it was written.\n"), checked.stdout
    for (audit,) in rows(old, "SELECT id FROM pathways_audit ORDER BY id LIMIT 10"):
        replayed = linkspan(old, "audits", "replay", audit, "--json")
        assert replayed.returncode == 0, replayed.stdout
    differ = linkspan(old, "audits", "differ", "--json")
    assert (differ.returncode, differ.stdout) == (0, ""), differ.stdout

    with Running(old, free_port(), "serve", LINKSPAN_ON="2019-06-01") as running:
        running.until("/health/ready/", 200)
        for page in ("/", "/pathways/", "/verify/", "/programs/"):
            assert running.get(page).status == 200, page
        for (key,) in rows(old, "SELECT id FROM credentials_credential ORDER BY id LIMIT 3"):
            assert running.get(f"/credentials/{UUID(key)}/").status == 200
