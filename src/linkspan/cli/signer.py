"""`linkspan signer`: the process that holds signing keys apart from the web, and its encrypted key files."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import unusable

if TYPE_CHECKING:
    from linkspan.vc.proofs import Signer

#: The passphrase of the key file that the signer process opens.
PASSPHRASE = "LINKSPAN_SIGNER_PASSPHRASE"  # noqa: S105 - the name of a variable, no secret


def register(verbs: Any) -> None:
    """Add the verbs."""
    group = verbs.add_parser("signer", help="the signer process").add_subparsers(required=True, metavar="VERB")
    run = group.add_parser("run", help="sign what passes the gate, for whoever may open the socket")
    run.add_argument("--socket", required=True, type=Path, metavar="PATH")
    run.add_argument("--keys", required=True, type=Path, metavar="FOLDER", help="encrypted key files")
    run.add_argument("--two-eyes", action="store_true", help="sign program awards without a second person's approval")
    run.set_defaults(run=run_signer)
    new = group.add_parser("new-key", help="make a key file and print its public part")
    new.add_argument("--keys", required=True, type=Path, metavar="FOLDER")
    new.set_defaults(run=run_new_key)


def run_signer(arguments: argparse.Namespace) -> int:
    """Serve until stopped; exit 2 if the keys cannot be read."""
    from linkspan.vc.gate import Policy
    from linkspan.vc.signer_process import SignerServer

    try:
        keys = dict(_key(path) for path in sorted(arguments.keys.glob("*.pem")))
    except (OSError, ValueError, TypeError) as error:
        return unusable("signer", f"a key file cannot be read: {error}")
    if not keys:
        return unusable("signer", f"no key files in {arguments.keys}. Run: linkspan signer new-key")
    policy = Policy(four_eyes=not arguments.two_eyes)
    with SignerServer(arguments.socket, keys, policy, lambda said: print(said, file=sys.stderr, flush=True)) as server:
        print(f"signer: {len(keys)} keys, listening", file=sys.stderr, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def run_new_key(arguments: argparse.Namespace) -> int:
    """Write `KEY.pem`, encrypted, readable by its owner only."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    from linkspan.vc.keys import multibase_of

    key = Ed25519PrivateKey.from_private_bytes(secrets.token_bytes(32))
    try:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(_passphrase()))
    except ValueError as error:
        return unusable("signer", error)
    name = multibase_of(key.public_key())
    arguments.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(arguments.keys / f"{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    print(name)
    return 0


def _key(path: Path) -> "tuple[str, Callable[[str], Signer]]":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from linkspan.vc.keys import multibase_of
    from linkspan.vc.proofs import LocalSigner

    key = load_pem_private_key(path.read_bytes(), _passphrase())
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path.name} is not an Ed25519 key")
    name = multibase_of(key.public_key())
    return name, lambda did: LocalSigner(key, f"{did}#{name}")


def _passphrase() -> bytes:
    found = os.environ.get(PASSPHRASE, "")
    if len(found) < 12:
        raise ValueError(f"set {PASSPHRASE} to a passphrase of at least 12 characters")
    return found.encode()
