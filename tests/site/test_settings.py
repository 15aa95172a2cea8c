"""Reading the settings changes nothing on the machine, and what is made at first use is made once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.site.running import environment


def python(home: Path, code: str) -> str:
    """What a process with that home prints."""
    settings = {"DJANGO_SETTINGS_MODULE": "linkspan.site.settings"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, env=environment(home, **settings), cwd=home.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("there", [True, False])
def test_reading_the_settings_writes_nothing(tmp_path, there) -> None:
    home = tmp_path / "home"
    if there:
        home.mkdir(mode=0o500)
    tmp_path.chmod(0o500)
    try:
        python(home, "import linkspan.site.settings, django; django.setup()")
        assert [*tmp_path.rglob("*")] == ([home] if there else [])
    finally:
        tmp_path.chmod(0o700)


def test_a_key_is_made_at_the_first_use_and_stays(tmp_path) -> None:
    home = tmp_path / "home"
    code = (
        "import django; django.setup()\n"
        "from django.core.signing import dumps\n"
        "from linkspan.kernel import storage\n"
        "print(dumps('x')[:0] + storage.keep(b'a letter'))"
    )
    sha256 = python(home, code)
    made = (home / "secrets.json").read_text()
    assert json.loads(made).keys() == {"secret_key", "document_key"}
    read = "import django; django.setup()\nfrom linkspan.kernel import storage\n"
    assert python(home, f"{read}print(storage.read('{sha256}').decode())") == "a letter"
    assert (home / "secrets.json").read_text() == made
    assert sorted(path.name for path in home.iterdir()) == ["documents", "secrets.json"]
    assert [path for path in [home, *home.rglob("*")] if path.stat().st_mode & 0o077] == []
