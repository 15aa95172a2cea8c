"""What is listed is used, what is installed may be combined with our licence, and setup does its work once."""

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def packages():
    spec = spec_from_file_location("setup_packages", ROOT / "setup" / "packages.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listed(name: str) -> dict[str, str]:
    """Each requirement of a list, as it stands there, with the reason given for it."""
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    rows = [line.partition("  # ") for line in lines if line and not line.startswith(("#", "-r "))]
    return {requirement: reason for requirement, _, reason in rows}


def named(folders: tuple[str, ...], words: tuple[str, ...]) -> set[str]:
    """The packages that the code below folders imports or its settings name, and that commands in files start."""
    modules = {module for folder in folders for p in (ROOT / folder).rglob("*.py") for module in modules_of(p)}
    started = {word for name in words for word in re.findall(r"[\w-]+", (ROOT / name).read_text())}
    owners = packages_distributions()
    return {plain(owner) for module in modules for owner in owners.get(module, ())} | started


def modules_of(source: Path) -> frozenset[str]:
    """The first words of what a module imports, starts by `-m`, or names in a text such as `csp.middleware.X`."""
    return imported(source) | read(source)[1]


def imported(source: Path) -> frozenset[str]:
    """The first words of what a module imports."""
    return read(source)[0]


@cache
def read(source: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The first words of what a module imports, and of its texts that look like names; each module is read once."""
    imports, texts = set(), set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports.add(node.module)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.]+", node.value):
            texts.add(node.value)
    first = [frozenset(name.split(".")[0] for name in names) for names in (imports, texts)]
    return first[0], first[1]


def plain(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=]", requirement)[0]).lower()


@pytest.mark.parametrize(
    ("name", "folders", "words"),
    [
        ("base", ("src",), ()),
        ("vc", ("src/linkspan/vc",), ()),
        ("blocks", ("src",), ()),
        ("events", ("src",), ()),
        ("large", ("src",), ()),
        ("pkcs11", ("src",), ()),
        ("several", ("src",), ()),
        ("telemetry", ("src",), ()),
        ("dev", ("tests", "benchmarks", "docs", "src"), ("Makefile", ".pre-commit-config.yaml", "conftest.py")),
    ],
)
def test_what_is_listed_is_used_or_says_why_it_is_there(name, folders, words) -> None:
    used = named(folders, words)
    unsaid = {line for line, reason in listed(name).items() if not reason and ("[" in line or plain(line) not in used)}
    assert unsaid == set(), "take it off the list, or give the reason"
    superfluous = {line for line, reason in listed(name).items() if reason and "[" not in line and plain(line) in used}
    assert superfluous == set(), "it is used: the reason is not needed"


def test_what_is_imported_is_listed_and_comes_by_no_chance() -> None:
    listed_here = {
        plain(line)
        for name in ("base", "vc", "blocks", "events", "large", "pkcs11", "several", "telemetry")
        for line in listed(name)
    }
    owners = packages_distributions()
    unlisted = {
        module
        for source in (ROOT / "src").rglob("*.py")
        for module in imported(source)
        if {plain(owner) for owner in owners.get(module, ())}.isdisjoint(listed_here)
    }
    assert unlisted - sys.stdlib_module_names - {"linkspan", "_typeshed"} == set()


def test_what_is_locked_for_npm_has_allowed_terms(packages) -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert list(packages.refused(list(packages.locked_npm(lock)))) == []


def test_terms_that_are_not_on_the_list_are_refused(packages) -> None:
    known = packages.Package("PyPI", "fine", "1", frozenset({"MIT", "Zlib"}))
    strange = packages.Package("PyPI", "solver", "2", frozenset({"Proprietary", "MIT"}))
    assert list(packages.refused([known, strange])) == ["PyPI solver 2: licence Proprietary"]


def test_no_lock_names_a_proprietary_solver() -> None:
    for name in ("base", "dev"):
        assert "gurobipy" not in (ROOT / "requirements" / f"{name}.txt").read_text()


def test_parts_under_version_3_of_the_agpl_alone_are_named(packages) -> None:
    only = {
        package.name
        for package in packages.installed_python()
        if package.terms & {"AGPL-3.0", "AGPL-3.0-only", "GNU Affero General Public License v3"}
    }
    always, _, extra = (ROOT / "docs" / "licences.md").read_text().partition("the extra `blocks` alone")
    told = [set(re.findall(r"^- `([a-z0-9-]+)`", text, re.MULTILINE)) for text in (always, extra)]
    assert only - told[1] == told[0] and told[1] <= {plain(name) for name in listed("blocks")}


@pytest.mark.parametrize(
    "affected, touched",
    [
        ({"versions": ["1.5"]}, True),
        ({"versions": ["1.4"]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]}]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.5"}, {"fixed": "1.10"}]}]}, True),
        ({"ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0"}, {"last_affected": "1.5"}]}]}, True),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ],
)
def test_an_advisory_names_the_versions_that_it_touches(packages, tmp_path, affected, touched) -> None:
    told = {
        "id": "TEST-1",
        "summary": "Bad.",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "So.Me"}, **affected}],
    }
    (tmp_path / "TEST-1.json").write_text(json.dumps(told))
    found = packages.known_faults([packages.Package("PyPI", "so-me", "1.5", frozenset())], tmp_path)
    assert found == (["PyPI so-me 1.5: TEST-1 Bad."] if touched else [])


def test_the_check_says_that_advisories_are_skipped() -> None:
    told = {name: value for name, value in os.environ.items() if name != "LINKSPAN_ADVISORIES"}
    ran = subprocess.run([sys.executable, ROOT / "setup" / "packages.py"], capture_output=True, text=True, env=told)
    assert "advisories: skipped" in ran.stdout


STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> {log}
case "$*" in
  *version_info*) echo 3013 ;;
  *process.versions*) echo 22 ;;
  "-m venv .venv") mkdir -p .venv/bin
    for name in python pip linkspan pytest; do cp {stand_in} .venv/bin/$name; done ;;
  ci*) mkdir -p node_modules ;;
  "-m linkspan.vc.contexts.build") mkdir -p src/linkspan/vc/contexts/built ;;
  "-m linkspan.web.build_static") mkdir -p src/linkspan/web/static/built ;;
  "-m linkspan.site.collect") mkdir -p src/linkspan/web/served ;;
esac
"""


@pytest.fixture
def clone(tmp_path):
    """A fresh clone, as far as setting it up is concerned, and stand-ins for the programs that are called."""
    folder, programs, log = tmp_path / "clone", tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    log.touch()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = r"Makefile|pyproject|package-lock|setup/|requirements/|.*/build.*\.py|.*/collect\.py|.*/static/linkspan/"
    for name in filter(re.compile(wanted).match, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    stand_in = programs / "python3"
    stand_in.write_text(STAND_IN.format(log=log, stand_in=stand_in))
    stand_in.chmod(stat.S_IRWXU)
    for name in ("node", "npm", "bwrap", "chromium", "msgfmt", "softhsm2-util"):
        shutil.copy(stand_in, programs / name)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHON": str(stand_in), "HOME": str(tmp_path)}

    def make(*words: str) -> list[str]:
        log.write_text("")
        ran = subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        return log.read_text().splitlines()

    return folder, make


SQLITE = "pytest -n auto --dist loadfile --no-loadscope-reorder -m not drill"


@pytest.mark.parametrize("target, last", [("demo", "linkspan demo"), ("test-sqlite", SQLITE)])
def test_one_command_is_enough_and_the_second_time_nothing_is_set_up(clone, target, last) -> None:
    folder, make = clone
    first = make(target)
    assert first[-1] == last
    assert next(line for line in first if line.startswith("pip install")).endswith("requirements/dev.txt")
    assert make(target) == [last]
    with (folder / "requirements" / "dev.txt").open("a") as lock:
        lock.write("# changed\n")
    assert len(make(target)) == len(first) - 1  # all but the environment, which is there
    assert make(target) == [last]


def test_the_readme_begins_with_one_command_each() -> None:
    start = (ROOT / "README.md").read_text().partition("## Start")[2].partition("## ")[0]
    assert re.findall(r"^    (.*)$", start, re.MULTILINE) == ["make demo", "make test"]
