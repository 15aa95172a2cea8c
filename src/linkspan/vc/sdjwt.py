"""Selective disclosure: SD-JWT (RFC 9901) and SD-JWT VC, on joserfc.

An issuer hides claims behind salted digests; the holder shows those that are asked for, and proves by a key binding
token that the credential is theirs. A claim is named by its path, such as ("credentialSubject", "result", 0).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from linkspan.vc import base64url, jose
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.keys import PrivateKey, PublicKey, jwk_of, key_of_jwk
from linkspan.vc.proofs import Signer
from linkspan.vc.strict_json import DEEPEST, LARGEST, loads

TYPE = "dc+sd-jwt"
VCDM_TYPE = "vc+sd-jwt"
BINDING_TYPE = "kb+jwt"
ALWAYS_SHOWN = frozenset(
    {"iss", "nbf", "exp", "cnf", "vct", "status", "@context", "type", "issuer", "credentialStatus"}
)
#: What whoever verifies has to see, so that a disclosure of it is none (SD-JWT VC, section 2.2.2.2; RFC 9901, 9.7).
NEVER_HIDDEN = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
MOST_DISCLOSURES = 500

type Path = Sequence[str | int]


def issue(
    claims: Mapping[str, Any],
    key: bytes | PrivateKey | Signer,
    *,
    hidden: Iterable[Path],
    created: datetime,
    holder: PublicKey | None = None,
) -> str:
    """An SD-JWT of claims, the `hidden` ones behind digests; with a `holder` key, only its owner can present it.

    VcError `path_unknown` for a path that leads nowhere, `claim_not_hideable` for one that verifiers need.
    """
    body = json.loads(json.dumps(claims))
    disclosures = [_hide(body, path) for path in sorted(map(tuple, hidden), key=len, reverse=True)]
    bound = {"cnf": {"jwk": jwk_of(holder)}} if holder is not None else {}
    body = {**body, **bound, "iat": int(created.timestamp()), "_sd_alg": "sha-256"}
    kind = VCDM_TYPE if "@context" in claims else TYPE
    return "~".join([jose.sign_claims(body, key, kind=kind), *disclosures, ""])


def _hide(body: Any, path: Path) -> str:
    if not path or path[0] in ALWAYS_SHOWN:
        raise VcError("claim_not_hideable", f"{'.'.join(map(str, path))} must be readable by whoever verifies.")
    holder = body
    try:
        for step in path[:-1]:
            holder = holder[step]
        value = holder[path[-1]]
    except (KeyError, IndexError, TypeError) as error:
        raise VcError("path_unknown", f"There is no claim at {'.'.join(map(str, path))}.") from error
    salt = secrets.token_urlsafe(16)
    if isinstance(holder, list):
        disclosure = _encode([salt, value])
        holder[int(path[-1])] = {"...": digest(disclosure)}
    else:
        disclosure = _encode([salt, path[-1], value])
        del holder[path[-1]]
        holder["_sd"] = sorted([*holder.get("_sd", []), digest(disclosure)])
    return disclosure


def _encode(value: list[Any]) -> str:
    return base64url.encode(json.dumps(value, ensure_ascii=False).encode())


def digest(disclosure: str) -> str:
    """Base64url of the SHA-256 of a disclosure's text (section 4.2.3)."""
    return base64url.encode(hashlib.sha256(disclosure.encode("ascii")).digest())


def _disclosed(disclosure: str) -> list[Any]:
    """The array in a disclosure: salt, name (in an object), value."""
    found = loads(jose.decode(disclosure))
    if not isinstance(found, list) or len(found) not in (2, 3):
        raise VcError("disclosure_broken", "A disclosure has not the shape of one.")
    return found


def parts(token: str) -> tuple[str, tuple[str, ...], str]:
    """The issuer's token, the disclosures, and the key binding token or nothing. Raises Unreadable."""
    pieces = token.split("~")
    if len(pieces) < 2 or len(pieces) > MOST_DISCLOSURES + 2 or len(token) > LARGEST:
        raise Unreadable("not_an_sd_jwt", "The text is not an SD-JWT, or has too many parts.")
    return pieces[0], tuple(pieces[1:-1]), pieces[-1]


def claims_of(token: str) -> dict[str, Any]:
    """What the token says, with the disclosed claims put in place (section 7.1); nothing is checked but the digests.

    VcError `disclosure_broken`: a disclosure of no digest, one used twice, one that overwrites a claim, one of a claim
    that may not be hidden, or so many within each other that no document is as deep.
    """
    issued, disclosures, _ = parts(token)
    _, body = jose.read(issued)
    if body.get("_sd_alg", "sha-256") != "sha-256":
        raise VcError("digest_algorithm_unknown", f"Digests of {body.get('_sd_alg')} are not read here.")
    known = {digest(one): one for one in disclosures if one.isascii()}
    if len(known) != len(disclosures):
        raise VcError("disclosure_broken", "A claim is disclosed twice.")
    shown = _Shown(known)
    claims: dict[str, Any] = shown.of(body)
    if shown.used != set(known):
        raise VcError("disclosure_broken", "A disclosed claim is none that the issuer signed.")
    claims.pop("_sd_alg", None)
    return claims


class _Shown:
    """Puts disclosures in place of their digests, each digest at most once; a list that shows nothing goes."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.used: set[str] = set()
        self.seen: set[str] = set()

    def of(self, value: Any, depth: int = 0) -> Any:
        if depth > DEEPEST:
            raise VcError("disclosure_broken", "The disclosed claims are nested deeper than any document.")
        if isinstance(value, list):
            return [self.of(item, depth + 1) for inner in value for item in self._item(inner)]
        if not isinstance(value, dict):
            return value
        if "..." in value:
            raise VcError("disclosure_broken", "A place holder stands where none belongs.")
        told = {name: self.of(inner, depth + 1) for name, inner in value.items() if name != "_sd"}
        found = {name: inner for name, inner in told.items() if inner != [] or value[name] == []}
        digests = value.get("_sd", [])
        if not isinstance(digests, list):
            raise VcError("disclosure_broken", "The digests of hidden claims are not a list.")
        for hidden in digests:
            disclosed = self._take(hidden, 3)
            if disclosed is not None:
                name, inner = disclosed[1:]
                if not isinstance(name, str) or name in found or name in ("_sd", "..."):
                    raise VcError("disclosure_broken", f"The disclosed claim {name} would overwrite another.")
                if not depth and name in NEVER_HIDDEN:
                    raise VcError("disclosure_broken", "A claim was hidden that whoever verifies has to see.")
                found[name] = self.of(inner, depth + 1)
        return found

    def _item(self, inner: Any) -> list[Any]:
        if isinstance(inner, dict) and set(inner) == {"..."}:
            disclosed = self._take(inner["..."], 2)
            return [] if disclosed is None else [disclosed[1]]
        return [inner]

    def _take(self, hidden: Any, length: int) -> list[Any] | None:
        if not isinstance(hidden, str) or hidden in self.seen:
            raise VcError("disclosure_broken", "A digest stands twice, or is none.")
        self.seen.add(hidden)
        if hidden not in self.known:
            return None
        self.used.add(hidden)
        disclosed = _disclosed(self.known[hidden])
        if len(disclosed) != length:
            raise VcError("disclosure_broken", "A disclosure has not the shape of one.")
        return disclosed


def check(token: str, key: PublicKey) -> None:
    """Whether the issuer signed it with that key; `claims_of` checks the digests. VcError as in `jose.check`."""
    issued = parts(token)[0]
    header, claims = jose.read(issued)
    kinds = (VCDM_TYPE,) if "@context" in claims else (TYPE, VCDM_TYPE)
    jose.check_header(header, key, kinds)
    jose.verify_compact(issued, header, key)
    jose.refuse_two_tongues(claims)


def present(
    token: str,
    *,
    shown: Iterable[Path],
    holder: bytes | PrivateKey | Signer | None = None,
    audience: str = "",
    nonce: str = "",
    now: datetime | None = None,
) -> str:
    """The token with only those disclosures that lead to the `shown` paths, bound to a verifier's `nonce` by the
    holder's key."""
    issued, disclosures, _ = parts(token)
    wanted = [tuple(path) for path in shown]
    places = _places(issued, disclosures)
    kept = [one for one in disclosures if any(_on_the_way(places[one], path) for path in wanted)]
    text = "~".join([issued, *kept, ""])
    if holder is None:
        return text
    if not nonce or not audience or now is None:
        raise VcError("nonce_missing", "A presentation is bound to the verifier, its nonce and the time.")
    claims = {"iat": int(now.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": digest(text)}
    return text + jose.sign_claims(claims, holder, kind=BINDING_TYPE)


def _on_the_way(place: tuple[Any, ...], path: tuple[Any, ...]) -> bool:
    shorter = min(len(place), len(path))
    return place[:shorter] == path[:shorter]


def _places(issued: str, disclosures: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Where each disclosure belongs, by walking the issuer's claims."""
    known = {digest(one): one for one in disclosures}
    places: dict[str, tuple[Any, ...]] = {}

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, list):
            for number, inner in enumerate(value):
                hidden = known.get(inner.get("...", "")) if isinstance(inner, dict) else None
                if hidden is not None:
                    places[hidden] = (*path, number)
                    walk(_disclosed(hidden)[-1], (*path, number))
                else:
                    walk(inner, (*path, number))
        elif isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, (*path, name))
            for hidden in (known[one] for one in value.get("_sd", []) if one in known):
                _, name, inner = _disclosed(hidden)
                places[hidden] = (*path, name)
                walk(inner, (*path, name))

    walk(jose.read(issued)[1], ())
    if set(places) != set(disclosures):
        raise VcError("disclosure_broken", "A disclosed claim is none that the issuer signed.")
    return places


def check_binding(token: str, *, audience: str, nonce: str) -> datetime:
    """Whether the holder's key signed for that verifier and nonce over just these disclosures; when it did.

    VcError: `binding_missing`, `binding_wrong`, `holder_key_missing`, and those of `jose`.
    """
    issued, _, binding = parts(token)
    confirmed = jose.read(issued)[1].get("cnf")
    if not isinstance(confirmed, Mapping) or not isinstance(confirmed.get("jwk"), Mapping):
        raise VcError("holder_key_missing", "The credential is not bound to a holder's key.")
    if not binding:
        raise VcError("binding_missing", "The holder did not prove that the credential is theirs.")
    key = key_of_jwk(confirmed["jwk"])
    header, claims = jose.read(binding)
    jose.check_header(header, key, (BINDING_TYPE,))
    jose.verify_compact(binding, header, key)
    expected = {"aud": audience, "nonce": nonce, "sd_hash": digest(token[: len(token) - len(binding)])}
    made = jose.instant_of(claims.get("iat"))
    if made is None or any(claims.get(name) != value for name, value in expected.items()):
        raise VcError("binding_wrong", "The holder's proof was made for another verifier, occasion or content.")
    return made
