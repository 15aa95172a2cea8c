"""The wheel in an environment of its own: `linkspan.vc` verifies a badge without Django, node or a network.

The packages that `linkspan.vc` needs are copied from the environment of the tests; nothing is downloaded.
"""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from tests.vc.makers import DID, LIST_URL, badge, status_list

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("pyoxigraph", "cryptography", "rfc8785", "joserfc", "cbor2", "jsonschema", "jsonschema-rs")
BUILT = ROOT / "src" / "linkspan" / "vc" / "contexts" / "built"
SCRIPT = """
import json, sys
from datetime import datetime, timezone
from linkspan.vc import Trust, verify
held = json.load(open(sys.argv[1]))
relied = Trust([{"did": held["did"], "name": "MITx"}], held["lists"])
verdict = verify(held["badge"], trust=relied, at=datetime(2018, 7, 1, tzinfo=timezone.utc))
print(verdict.verdict)
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("django", "pyhanko", "ninja")))
"""


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
def environment(tmp_path_factory) -> Path:
    if not any(BUILT.glob("*.json")):
        pytest.skip("the contexts are not built: run make setup")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    env = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(env),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = env.glob("lib/python*/site-packages")
    for held in closure(NEEDED).values():
        for file in held.files or ():
            if ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(held.locate_file(file)), site / file)
    return env


def run(env: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(env / "bin" / "python"), "-I", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""}, cwd=env)


def held(folder: Path) -> Path:
    file = folder / "held.json"
    file.write_text(json.dumps({"did": DID, "badge": badge(), "lists": {LIST_URL: status_list()}}))
    return file


def test_a_badge_is_verified_without_django_and_node(environment, tmp_path) -> None:
    assert run(environment, "-c", "import django").returncode == 1
    ran = run(environment, "-c", SCRIPT, str(held(tmp_path)))
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["valid", "[]"]


def test_without_the_contexts_the_error_says_the_command(environment, tmp_path) -> None:
    (built,) = environment.glob("lib/python*/site-packages/linkspan/vc/contexts/built")
    built.rename(built.with_name("away"))
    try:
        ran = run(environment, "-c", SCRIPT, str(held(tmp_path)))
    finally:
        built.with_name("away").rename(built)
    assert ran.returncode == 1
    assert "ContextsMissing" in ran.stderr
    assert "python -m linkspan.vc.contexts.build" in ran.stderr
