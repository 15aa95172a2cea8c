"""Build hooks of both wheels: which files each takes, and its dependencies, so that they are written once.

`linkspan-vc` owns what `linkspan verify` loads; `linkspan` owns the rest, and requires the other in the same version.
No file is in both: they are installed together, in any order, or the first one alone (docs/decisions/0020-wheels.md).
"""

from collections.abc import Iterator
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "linkspan"
#: What is made by commands and not in the tree: a wheel without it would not work.
BUILT = {"linkspan-vc": ("vc/contexts/built",), "linkspan": ("web/static/built", "web/served")}
#: What an installation takes along only if it asks for it: `linkspan[large]`.
EXTRAS = ("blocks", "events", "large", "pkcs11", "several", "telemetry")
#: What `linkspan-vc` owns: folders, files, and modules by the beginning of their names.
VERIFIER = (
    "__init__.py",
    "py.typed",
    "vc/",
    "cli/__init__.py",
    "cli/contexts.py",
    "cli/verify",
    "credentials/__init__.py",
    "credentials/engines/__init__.py",
    "credentials/engines/attached.py",
    "kernel/__init__.py",
    "kernel/actor.py",
    "kernel/bounded.py",
    "kernel/clock.py",
    "kernel/errors.py",
    "kernel/jsonable.py",
    "kernel/money.py",
    "kernel/reasons.py",
    "site/__init__.py",
    "site/command.py",
)


class Metadata(MetadataHookInterface):
    """Read the dependencies from `requirements/*.in`, one requirement a line, without the reasons."""

    def update(self, metadata):
        """Set `dependencies` and the extras; `metadata` is what the project's own file says."""
        if metadata["name"] == "linkspan-vc":
            metadata["dependencies"] = [*requirements("vc")]
        else:
            metadata["dependencies"] = [f"linkspan-vc=={metadata['version']}", *requirements("base")]
            metadata["optional-dependencies"] = {extra: [*requirements(extra)] for extra in EXTRAS}


class Files(BuildHookInterface):
    """Give each wheel its files; an installation in place reads them where they are."""

    def initialize(self, version, build_data):
        """Name the files of this wheel; OSError if what is built is not there yet."""
        if version == "editable":
            return
        wheel = self.metadata.name
        if missing := [name for name in BUILT[wheel] if not (SOURCE / name).is_dir()]:
            raise FileNotFoundError(f"{', '.join(missing)} is not built. Run: make setup")
        build_data["force_include"] |= {str(SOURCE / name): f"linkspan/{name}" for name in files(wheel)}
        if wheel == "linkspan-vc":  # the other finds it beside its own project file
            build_data["force_include"][str(HERE.parent / "LICENSE")] = "linkspan/vc/LICENSE"


def files(wheel: str) -> Iterator[str]:
    """The files that a wheel owns, from `src/linkspan` on."""
    for place in sorted(SOURCE.rglob("*")):
        name = place.relative_to(SOURCE).as_posix()
        if (
            place.is_file()
            and "__pycache__" not in place.parts
            and name.startswith(VERIFIER) == (wheel == "linkspan-vc")
        ):
            yield name


def requirements(name: str) -> Iterator[str]:
    """The requirements of a list, without those of the lists that it names."""
    for line in (HERE / f"{name}.in").read_text().splitlines():
        requirement = line.partition("#")[0].strip()
        if requirement and not requirement.startswith("-r "):
            yield requirement
