"""The wheel `linkspan-vc` in an environment of its own: badges are verified without Django, node or a network.

The packages that it needs are copied from the environment of the tests; only the drill installs them as people do.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from importlib import metadata
from pathlib import Path

import pytest
from tests.factories.pdfs import pdf_with
from tests.vc.makers import DID, LIST_URL, badge, status_list

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "setup" / "linkspan-vc"
BUILT = ROOT / "src" / "linkspan" / "vc" / "contexts" / "built"
#: The size that the issue allows to the environment of a verifier.
MOST_BYTES = 150_000_000
LIBRARY = """
import json, sys
from datetime import datetime, timezone
from linkspan.vc import Trust, verify
held = json.load(open(sys.argv[1]))
relied = Trust([{"did": held["did"], "name": "MITx"}], held["lists"])
print(verify(held["badge"], trust=relied, at=datetime(2018, 7, 1, tzinfo=timezone.utc)).verdict)
"""
EVERY_MODULE = """
import importlib, pkgutil, linkspan
found = [one.name for one in pkgutil.walk_packages(linkspan.__path__, "linkspan.")]
for name in found: importlib.import_module(name)
print(len(found))
"""


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("wheel_hook", ROOT / "requirements" / "hook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def closure(names) -> dict[str, metadata.Distribution]:
    """The distributions of these names and of all that they require here, extras left out."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop())[0].lower().replace("_", "-")
        try:
            held = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another platform or version
        if name not in found:
            found[name] = held
            waiting += [line for line in held.requires or [] if "extra ==" not in line]
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    if not any(BUILT.glob("*.json")):
        pytest.skip("the contexts are not built: run make setup")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def installed(wheel: Path, env: Path, *options: str) -> Path:
    """An environment with the wheel in it, and what the options of pip bring along."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(env), "install", "-q", *options, str(wheel)]
    ran = subprocess.run(pip, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return env


@pytest.fixture(scope="module")
def environment(wheel, hook, tmp_path_factory) -> Path:
    env = installed(wheel, tmp_path_factory.mktemp("alone") / "env", "--no-deps", "--no-index", "--no-compile")
    (site,) = env.glob("lib/python*/site-packages")
    for held in closure(hook.requirements("vc")).values():
        for file in held.files or ():
            if ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(held.locate_file(file)), site / file)
    return env


def run(env: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(env / "bin" / program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""}, cwd=env)


def verified(env: Path, folder: Path, name: str, content: bytes) -> subprocess.CompletedProcess[str]:
    """What `linkspan verify` says of a file, offline."""
    relied_on = {
        "registry": {"issuers": [{"did": DID, "name": "MITx"}]},
        "status": {"lists": {LIST_URL: status_list()}},
    }
    words = ["verify", str(folder / name), "--offline", "--json", "--at", "2018-07-01"]
    (folder / name).write_bytes(content)
    for option, told in relied_on.items():
        (folder / f"{option}.json").write_text(json.dumps(told))
        words += [f"--{option}", str(folder / f"{option}.json")]
    return run(env, "linkspan", *words)


def held(folder: Path) -> Path:
    file = folder / "held.json"
    file.write_text(json.dumps({"did": DID, "badge": badge(), "lists": {LIST_URL: status_list()}}))
    return file


def test_a_badge_is_verified_by_the_library_and_by_the_command(environment, tmp_path) -> None:
    assert run(environment, "python", "-c", "import django").returncode == 1
    ran = run(environment, "python", "-I", "-c", LIBRARY, str(held(tmp_path)))
    assert (ran.stdout, ran.stderr) == ("valid\n", "")
    signed = json.dumps(badge()).encode()
    for name, content in (("badge.json", signed), ("certificate.pdf", pdf_with(zlib.compress(signed), 1))):
        ran = verified(environment, tmp_path, name, content)
        assert (ran.returncode, ran.stderr) == (0, ""), "name what it needs in VERIFIER of requirements/hook.py"
        assert json.loads(ran.stdout)["verdict"] == "valid"


def test_every_module_in_it_loads_with_what_is_in_it(environment) -> None:
    ran = run(environment, "python", "-I", "-c", EVERY_MODULE)
    assert ran.stderr == "", "name what it needs in VERIFIER of requirements/hook.py"
    assert int(ran.stdout) > 50


def test_the_command_offers_what_is_installed(environment) -> None:
    verbs = re.findall(r"^    (\w+) ", run(environment, "linkspan", "--help").stdout, re.MULTILINE)
    assert verbs == ["contexts", "verify"]


def test_without_the_contexts_the_error_says_the_command(environment, tmp_path) -> None:
    (built,) = environment.glob("lib/python*/site-packages/linkspan/vc/contexts/built")
    built.rename(built.with_name("away"))
    try:
        ran = run(environment, "python", "-I", "-c", LIBRARY, str(held(tmp_path)))
    finally:
        built.with_name("away").rename(built)
    assert ran.returncode == 1
    assert "ContextsMissing" in ran.stderr
    assert "python -m linkspan.vc.contexts.build" in ran.stderr


def test_every_file_is_in_one_of_the_two_wheels(hook) -> None:
    verifier, server = list(hook.files("linkspan-vc")), list(hook.files("linkspan"))
    assert set(verifier) & set(server) == set()
    tracked = subprocess.run(["git", "ls-files", "src/linkspan"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name.removeprefix("src/linkspan/") for name in tracked.stdout.split()} <= {*verifier, *server}
    unused = [name for name in hook.VERIFIER if not any(file.startswith(name) for file in verifier)]
    assert unused == []


def test_the_server_requires_the_verifier_of_its_own_version(hook) -> None:
    told = {"name": "linkspan", "version": "9.8.7"}
    hook.Metadata(str(ROOT), {}).update(told)
    assert told["dependencies"][0] == "linkspan-vc==9.8.7"


def test_the_wheel_has_the_licence(wheel) -> None:
    assert "linkspan/vc/LICENSE" in zipfile.ZipFile(wheel).namelist()


@pytest.mark.drill
def test_installed_from_the_package_index_it_is_small_and_verifies(wheel, tmp_path) -> None:
    env = installed(wheel, tmp_path / "env")
    size = sum(place.lstat().st_size for place in env.rglob("*") if place.is_file() and not place.is_symlink())
    assert size < MOST_BYTES, f"{size // 1_000_000} MB"
    ran = verified(env, tmp_path, "badge.json", json.dumps(badge()).encode())
    assert (ran.returncode, ran.stderr, json.loads(ran.stdout)["verdict"]) == (0, "", "valid")
