"""What every verb does where there is no database, no home to write to, or a wrong argument: one line and exit 2."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.site.loaded import Loaded

import linkspan.site.sample
from linkspan.site.command import parser

NOBODY = "00000000-0000-0000-0000-000000000000"
COURSE = Path(linkspan.site.sample.__file__).parent / "courses" / "SC1x"
#: What asks the database.
STORED = [
    ["rounds", "replay", NOBODY, "--json"],
    ["audits", "replay", NOBODY, "--json"],
    ["credentials", "issue-missing", "--program", "mitx/scm", "--json"],
    ["keys", "registry"],
    ["audits", "differ"],
    ["audits", "batch"],
    ["batch"],
    ["bank", "take", "MITx", __file__],
    ["roster", "take", "course-v1:MITx+SC0x+1T2018", __file__],
    ["catalogue", "export", "MITx", "-"],
    ["catalogue", "import", "MITx", __file__],
    ["courses", "import", str(COURSE)],
    ["courses", "export", "course-v1:MITx+SC0x+1T2018", os.devnull + "-not"],
    ["operator", "add", "a@example.org"],
    ["operator", "list"],
    ["operator", "remove", "a@example.org"],
    ["backup", "kept"],
    ["outbox", "list"],
    ["outbox", "jobs"],
    ["outbox", "retry", "--all-dead"],
    ["outbox", "drop", NOBODY, "--why", "a test"],
    ["records", "import", __file__, "--institution", "MITx"],
    ["tick"],
    ["keys", "new", "mitx"],
    ["keys", "move", "mitx", "--reason", "a test"],
    ["keys", "rotate"],
    ["person", "export", "nobody@example.org", os.devnull + "-not"],
    ["person", "delete", "nobody@example.org", "--reason", "a test"],
    ["person", "merge", "nobody@example.org", "nobody.else@example.org", "--reason", "a test"],
    [
        *("sign-in", "add", "MITx", "https://idp.example.org", "--name", "MITx", "--client-id", "a"),
        *("--domain", "example.org", "--secret-file", __file__),
    ],
    [
        *("sign-in", "change", NOBODY, "--name", "MITx", "--client-id", "a"),
        *("--domain", "example.org", "--secret-file", __file__),
    ],
    ["directory", "token", "MITx", "Entra"],
    ["directory", "list", "MITx"],
    ["directory", "revoke", NOBODY],
    ["directory", "map", "MITx", "Proctors", "proctor"],
    ["sign-in", "add-saml", "MITx", __file__, "--name", "MITx", "--domain", "example.org"],
    ["sign-in", "renew", NOBODY, "--metadata", __file__],
    ["person", "reset-second-factor", "nobody@example.org", "--reason", "a test"],
    ["retention"],
    ["partitions"],
    [
        *("proctoring", "add", "MITx", "--name", "Watchful", "--address", "https://w.example.com"),
        *("--client-id", "a", "--secret-file", __file__),
    ],
    [
        *("proctoring", "change", NOBODY, "--name", "Watchful", "--address", "https://w.example.com"),
        *("--client-id", "a"),
    ],
    ["proctoring", "callback-secret", NOBODY],
    ["proctoring", "try", NOBODY],
    ["proctoring", "enable", NOBODY],
    ["proctoring", "disable", NOBODY, "--why", "a test"],
    ["proctoring", "list", "MITx"],
    ["exams", "qti-take", "CFx", __file__],
    ["exams", "qti-write", "CFx", "q.zip"],
    ["sign-in", "enable", NOBODY],
    ["sign-in", "disable", NOBODY, "--why", "a test"],
    ["trust", "list", "MITx"],
    ["trust", "add", "MITx", "dcc", "https://lists.example/a.json", "--name", "A list", "--reason", "a test"],
    ["trust", "ask", NOBODY],
    ["trust", "superiors", "MITx", "https://federation.example"],
    ["trust", "accept", NOBODY, "--reason", "a test"],
    ["trust", "end", NOBODY, "--reason", "a test"],
    ["platforms", "list", "MITx"],
    ["platforms", "retake"],
    ["platforms", "check", NOBODY],
    ["platforms", "fetch", NOBODY, "course-v1:MITx+SC0x+1T2018"],
    ["platforms", "compare", NOBODY, "course-v1:MITx+SC0x+1T2018"],
    ["platforms", "report", NOBODY, "course-v1:MITx+SC0x+1T2018"],
    ["sign-in", "list", "MITx"],
    ["trail", "verify"],
    ["trail", "note"],
    ["trail", "erase", NOBODY, "--why", "a test"],
    ["keys", "compromised", "mitx", "z6Mk", "--since", "2026-01-01", "--reason", "a test"],
]


#: What takes all it needs from files, or makes the database.
OTHERS = [
    ["match"],
    ["agreements", "check"],
    ["agreements", "export"],
    ["agreements", "import-csv"],
    ["agreements", "schema"],
    ["contexts", "add"],
    ["contexts", "list"],
    ["schemas", "add"],
    ["schemas", "list"],
    ["courses", "check"],
    ["courses", "play"],
    ["courses", "grade"],
    ["exams", "statistics"],
    ["exams", "states"],
    ["exams", "seb-key"],
    ["exams", "qti-check"],
    ["audit"],
    ["records", "check"],
    ["keys", "backup"],
    ["signer", "run"],
    ["signer", "new-key"],
    ["verify"],
    ["config"],
    ["check"],
    ["mail", "test"],
    ["restore"],
    ["serve"],
    ["worker"],
    ["migrate"],
    ["journey"],
    ["demo"],
    ["manage"],
]


def leaves_with(
    of: argparse.ArgumentParser, name: str, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every verb that a parser knows, with the words before it and one of its defaults."""
    below = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield words, of.get_default(name)
    for action in below:
        for word, inner in action.choices.items():
            yield from leaves_with(inner, name, (*words, word))


def test_the_readme_names_every_verb() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text().partition("## The command line")[2]
    told = set()
    for words in re.findall(r"`([a-z-]+(?: [a-z|\\-]+)?)[^`]*`", readme):
        first, _, then = words.partition(" ")
        told |= {(first, verb) for verb in then.replace("\\", "").split("|")} | {(first,)}
    verbs = {words for words, _run in leaves_with(parser(), "run")}
    assert {verb for verb in verbs if verb not in told} == set()


def test_every_verb_stands_in_one_list() -> None:
    verbs = {words for words, _run in leaves_with(parser(), "run")}
    named = [next(verb for verb in verbs if tuple(words[: len(verb)]) == verb) for words in [*STORED, *OTHERS]]
    assert sorted(named) == sorted(verbs)


def environment(home: Path) -> dict[str, str]:
    found = {**os.environ, "LINKSPAN_HOME": str(home)}
    found.pop("LINKSPAN_DATABASE_URL", None)
    return found


def run(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linkspan.site.command", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(home), check=False)


def is_one_line(done: subprocess.CompletedProcess[str]) -> bool:
    return (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.fixture(scope="module")
def without_a_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The command on a home that is empty when it begins."""
    loaded = Loaded(environment(tmp_path_factory.mktemp("nothing") / "home"))
    yield loaded
    loaded.close()


@pytest.mark.parametrize("arguments", STORED, ids=lambda words: " ".join(words[:2]))
def test_without_a_database(without_a_database: Loaded, arguments: list[str]) -> None:
    done = without_a_database.run(arguments)
    assert is_one_line(done), done.stderr
    assert "no database" in done.stderr


@pytest.mark.parametrize("arguments", STORED[:2], ids=lambda words: " ".join(words[:2]))
def test_with_a_home_that_is_no_folder(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "home").write_text("a file")
    done = run(arguments, tmp_path / "home")
    assert is_one_line(done), done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["audits", "replay", "x"], ["rounds", "replay", "x"], ["match"], ["nothing"], ["verify", "--no-such-option", "x"]],
    ids=" ".join,
)
def test_a_wrong_argument(tmp_path: Path, arguments: list[str]) -> None:
    assert is_one_line(run(arguments, tmp_path / "home"))
