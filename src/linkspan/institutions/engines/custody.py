"""From a key's custody to what signs with it: an encrypted document, the signer process, or a PKCS#11 token."""

import os
from pathlib import Path

from linkspan.institutions.rules import Custody, SigningKey
from linkspan.kernel import storage
from linkspan.kernel.errors import Unusable
from linkspan.vc.gate import Policy
from linkspan.vc.keys import ED25519, did_key_of, private_key_of
from linkspan.vc.proofs import LocalSigner
from linkspan.vc.sealers import OwnSealer, ProcessSealer, Sealer, ask
from linkspan.vc.tokens import Token, token_signer


def sealer_of(key: SigningKey, *, four_eyes: bool) -> Sealer:
    """What signs with that key; in a process of its own, the process's own policy decides on four eyes."""
    method, policy = f"{key.did}#{key.multibase}", Policy(four_eyes)
    if key.custody == Custody.PROCESS:
        return ProcessSealer(Path(key.secret), key.multibase, key.did)
    if key.custody == Custody.TOKEN:
        return OwnSealer(token_signer(token(), key.secret, key.did), policy)
    return OwnSealer(LocalSigner(private_key_of(ED25519, storage.read(key.secret)), method), policy)


def token() -> Token:
    """The token of the environment: LINKSPAN_PKCS11_LIBRARY, LINKSPAN_PKCS11_TOKEN, LINKSPAN_PKCS11_PIN."""
    names = (
        #: The PKCS#11 library of the token that holds signing keys.
        "LINKSPAN_PKCS11_LIBRARY",
        #: The label of the token.
        "LINKSPAN_PKCS11_TOKEN",
        #: The PIN of the token.
        "LINKSPAN_PKCS11_PIN",
    )
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise Unusable("token_unset", "Set {missing} to use keys of a PKCS#11 token.", missing=", ".join(missing))
    return Token(*(os.environ[name] for name in names))


def held_elsewhere(custody: Custody, reference: str) -> str:
    """The public part, in multibase form, of the key that a process (by socket) or a token (by label) holds."""
    if custody == Custody.TOKEN:
        return did_key_of(token_signer(token(), reference).public).removeprefix("did:key:")
    keys = ask(Path(reference), {"do": "keys"})
    if len(keys) != 1:
        raise Unusable(
            "signer_keys", "The signer process holds {count} keys; one for an institution is expected.", count=len(keys)
        )
    return str(keys[0])
