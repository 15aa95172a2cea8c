"""`python setup/packages.py`: licences and known faults of what is installed. Exit 1 names each that is not fine.

Advisories are read from the folder of OSV files (JSON) that LINKSPAN_ADVISORIES names; without it they are skipped.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
#: Terms that may be combined with AGPL-3.0, as packages write them (SPDX, classifiers, and what they made of both).
#: Python-2.0 is the PSF's permissive licence: argparse has it, which only the tests' generator of a client uses.
ALLOWED = frozenset(
    """
    0BSD; 3-Clause BSD License; AFL-2.1; AGPL-3.0; AGPL-3.0-only; AGPL-3.0-or-later; Apache 2.0; Apache-2.0
    Apache Software License; OFL-1.1; Apache-2.0 WITH LLVM-exception; Artistic License; BlueOak-1.0.0; BSD; BSD License
    BSD-2-Clause; BSD-3-Clause; CC0-1.0; CNRI-Python; GNU Affero General Public License v3
    GNU Affero General Public License v3 or later (AGPLv3+); GNU General Public License (GPL)
    GNU General Public License v2 or later (GPLv2+); GPL-3.0-or-later; ISC; LGPL-3.0-only; MIT; MIT License; MIT-0
    MIT-CMU; Mozilla Public License 2.0 (MPL 2.0); MPL-2.0; PSF-2.0; Public Domain; Python-2.0
    Python Software Foundation License; Unlicense; Zlib; Zope Public License
    """.strip()
    .replace("\n    ", "; ")
    .split("; ")
)
#: Packages whose own metadata do not name their terms, read by hand.
READ_BY_HAND = {
    "npm @digitalbazaar/credentials-context": "BSD-3-Clause",
    "npm @digitalcredentials/ed25519-multikey": "BSD-3-Clause",
    "npm base-64": "MIT",
    "npm credentials-context": "BSD-3-Clause",
    "npm did-context": "BSD-3-Clause",
    "npm email-validator": "Unlicense",
    "PyPI pyrage": "MIT",
    "PyPI qrcode": "BSD-3-Clause",
}


class Package(NamedTuple):
    """Something installed."""

    ecosystem: str
    name: str
    version: str
    terms: frozenset[str]


def main() -> int:
    """Print what is not fine; 0 if all is."""
    packages = [*installed_python(), *locked_npm(json.loads((ROOT / "package-lock.json").read_text()))]
    wrong = list(refused(packages))
    folder = os.environ.get("LINKSPAN_ADVISORIES")
    if folder:
        wrong += known_faults(packages, Path(folder))
    else:
        print("advisories: skipped, LINKSPAN_ADVISORIES names no folder of OSV files")
    print("\n".join(wrong) or f"packages: {len(packages)} with allowed licences")
    return 1 if wrong else 0


def installed_python() -> Iterator[Package]:
    """What the interpreter that runs this can import."""
    for found in distributions():
        yield Package("PyPI", _canonical(found.name), found.version, terms_of(found))


def terms_of(found: Distribution) -> frozenset[str]:
    """The licence names of a distribution: its expression, else its classifiers, else the first line of its text."""
    expression = found.metadata.get("License-Expression")
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in found.metadata.get_all("Classifier") or ()
        if (line.startswith("License ::") and line.count("::") > 1) or line.startswith("License :: Other")
    ]
    if expression or not classifiers:
        return _parts(expression or (found.metadata.get("License") or "none").strip().splitlines()[0])
    return frozenset(classifiers)


def locked_npm(lock: Mapping[str, Any]) -> Iterator[Package]:
    """What the lock of npm names."""
    for place, told in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if name:
            yield Package("npm", name, told["version"], _parts(told.get("license", "none")))


def refused(packages: list[Package]) -> Iterator[str]:
    """A line for each package some of whose terms are not on the list."""
    for package in packages:
        by_hand = READ_BY_HAND.get(f"{package.ecosystem} {package.name}")
        if strange := (_parts(by_hand) if by_hand else package.terms) - ALLOWED:
            yield f"{package.ecosystem} {package.name} {package.version}: licence {', '.join(sorted(strange))}"


def known_faults(packages: list[Package], folder: Path) -> list[str]:
    """A line for each advisory of the folder that touches an installed version."""
    installed: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        installed.setdefault((package.ecosystem, package.name), []).append(package)
    return [
        f"{package.ecosystem} {package.name} {package.version}: {advisory['id']} {advisory.get('summary', '')}".strip()
        for file in sorted(folder.rglob("*.json"))
        for advisory in (json.loads(file.read_text()),)
        if "withdrawn" not in advisory
        for affected in advisory.get("affected", ())
        for package in installed.get(_key(affected), ())
        if _touches(affected, package.version)
    ]


def _key(affected: Mapping[str, Any]) -> tuple[str, str]:
    told = affected.get("package", {})
    name = str(told.get("name", ""))
    return told.get("ecosystem", ""), _canonical(name) if told.get("ecosystem") == "PyPI" else name


def _touches(affected: Mapping[str, Any], version: str) -> bool:
    """Whether the version is listed, or lies between where a fault came in and where it was mended."""
    if version in affected.get("versions", ()):
        return True
    ranges = [told for told in affected.get("ranges", ()) if told.get("type") in ("ECOSYSTEM", "SEMVER")]
    return any(_inside(told["events"], _read(version)) for told in ranges)


def _inside(events: list[Mapping[str, str]], version: Version) -> bool:
    inside = False
    for event in events:
        if "introduced" in event:
            inside = inside or version >= _read(event["introduced"])
        elif "fixed" in event:
            inside = inside and version < _read(event["fixed"])
        elif "last_affected" in event:
            inside = inside and version <= _read(event["last_affected"])
    return inside


def _read(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version(re.match(r"[\d.]*\d|", version)[0] or "0")


def _parts(expression: str) -> frozenset[str]:
    return frozenset(part.strip("() ") for part in re.split(r" AND | OR ", expression))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
