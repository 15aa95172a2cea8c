"""Ed25519 keys in a hardware token by PKCS#11 (version 3.0, section 2.3.14: EdDSA), with the package python-pkcs11."""

from dataclasses import dataclass
from typing import Any

from linkspan.vc.errors import VcError
from linkspan.vc.keys import ED25519, Kind, did_key_of

ED25519_POINT_PREFIX = b"\x04\x20"
ED25519_PARAMETERS = bytes.fromhex("130c656477617264733235353139")


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token behind a PKCS#11 library, with its label and PIN."""

    library: str
    label: str
    pin: str

    def session(self, *, write: bool = False) -> Any:
        """An open session; VcError (`token_missing`) if the library or the token is not there."""
        try:
            import pkcs11
        except ImportError as error:
            raise VcError("token_missing", "The package python-pkcs11 is not installed.") from error
        try:
            token = pkcs11.lib(self.library).get_token(token_label=self.label)
            return token.open(user_pin=self.pin, rw=write)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise VcError("token_missing", f"The token {self.label} does not open: {type(error).__name__}") from error


def make_key(token: Token, label: str) -> bytes:
    """Make an Ed25519 key pair in the token, not extractable, and return its public part of 32 bytes."""
    import pkcs11

    with token.session(write=True) as session:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: ED25519_PARAMETERS}, local=True
        )
        public, _ = parameters.generate_keypair(
            label=label, store=True, mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
        )
        return _raw(public)


def _raw(public: Any) -> bytes:
    import pkcs11

    point = bytes(public[pkcs11.Attribute.EC_POINT])
    return point.removeprefix(ED25519_POINT_PREFIX) if len(point) == 34 else point


@dataclass(frozen=True, slots=True, repr=False)
class TokenSigner:
    """A key of a token, by its label; the public part is read once, so that its name is known without a session."""

    token: Token
    label: str
    public: bytes
    did: str = ""

    @property
    def kind(self) -> Kind:
        """Always Ed25519."""
        return ED25519

    @property
    def verification_method(self) -> str:
        """The key's multibase form as a fragment of the DID, by default its own did:key."""
        own = did_key_of(self.public)
        return f"{self.did or own}#{own.removeprefix('did:key:')}"

    def sign(self, data: bytes) -> bytes:
        """64 bytes, made in the token."""
        import pkcs11

        with self.token.session() as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.label)
            return bytes(key.sign(data, mechanism=pkcs11.Mechanism.EDDSA))


def token_signer(token: Token, label: str, did: str = "") -> TokenSigner:
    """The signer for the key of that label; VcError (`key_unknown`) if the token holds none."""
    import pkcs11

    with token.session() as session:
        try:
            public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
        except pkcs11.NoSuchKey as error:
            raise VcError("key_unknown", f"The token {token.label} holds no key {label}.") from error
        return TokenSigner(token, label, _raw(public), did)
