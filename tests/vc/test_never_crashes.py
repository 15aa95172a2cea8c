"""Whatever is handed over, there is a verdict or a named refusal, and what was changed is never valid."""

import copy
import json

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.vc.makers import DID, LIST_URL, NOW, SEED, badge, status_list, trust, unsigned

from linkspan.vc import Occasion, Trust, VcError, baking, base64url, keys, sdjwt, sign, verify
from linkspan.vc.verify.verdict import NAMES

ED = keys.private_key_of(keys.ED25519, SEED)
GOOD = badge()
TRUST = trust()
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["did:web:", "urn:x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "@id", "x"]), inner),
    max_leaves=6,
)
MANY = thorough(100, suppress_health_check=[HealthCheck.too_slow])


def places(value, path=()) -> list[tuple]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        found += places(inner, (*path, step))
    return found


PLACES = places(GOOD)
LIST_PLACES = places(status_list())


def replaced(document: dict, path: tuple, value) -> dict:
    changed = copy.deepcopy(document)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def judged(content, relied: Trust = TRUST, occasion: Occasion | None = None):
    """The verdict, or nothing if the content is refused by name."""
    try:
        verdict = verify(content, trust=relied, at=NOW, occasion=occasion)
    except VcError as error:
        assert error.code
        assert error.message
        return None
    assert tuple(check.name for check in verdict.checks) == NAMES
    json.dumps(verdict.as_json())
    return verdict


@MANY
@given(st.sampled_from(PLACES), ODD)
def test_a_badge_with_anything_anywhere(path, value) -> None:
    verdict = judged(replaced(GOOD, path, value))
    if verdict is not None and verdict.verdict == "valid":
        assert replaced(GOOD, path, value) == GOOD or same_for_a_reader(path, value)


def same_for_a_reader(path: tuple, value) -> bool:
    """A list of one where it was alone, or alone where it was a list of one: the same statement."""
    held = GOOD
    for step in path:
        held = held[step]
    return value == [held] or held == [value]


@MANY
@given(st.sampled_from(PLACES), ODD)
def test_a_signed_badge_with_anything_anywhere(path, value) -> None:
    """An issuer may sign any nonsense that safe mode lets pass; it must still be judged."""
    changed = (
        replaced({k: v for k, v in GOOD.items() if k != "proof"} | {"proof": {}}, path, value)
        if path[0] != "proof"
        else {}
    )
    changed.pop("proof", None)
    try:
        signed = sign(changed, SEED, created=NOW)
    except (VcError, KeyError):
        return
    judged(json.dumps(signed), occasion=Occasion("a", "b", "amara@example.org"))


@MANY
@given(st.sampled_from(LIST_PLACES), ODD)
def test_a_status_list_with_anything_anywhere(path, value) -> None:
    changed = replaced(status_list(), path, value)
    verdict = judged(GOOD, Trust(TRUST.issuers, {LIST_URL: changed}))
    assert verdict is not None


@MANY
@given(
    st.dictionaries(
        st.sampled_from(["name", "url", "keys", "valid_from", "valid_to", "compromised_at", "institution"]), ODD
    )
)
def test_a_registry_row_of_anything(row) -> None:
    judged(GOOD, Trust([{"did": DID, **row}], TRUST.lists))


@MANY
@given(ODD)
def test_a_controller_document_of_anything(value) -> None:
    issuer = {"id": "did:web:a.example", "type": ["Profile"], "name": "A"}
    changed = {**GOOD, "issuer": issuer, "proof": {**GOOD["proof"], "verificationMethod": "did:web:a.example#k"}}
    for document in (value, {"id": "did:web:a.example", "verificationMethod": value, "assertionMethod": value}):
        judged(changed, Trust(TRUST.issuers, controllers={"did:web:a.example": document}))


@MANY
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"%PDF-1.7\n", baking.PNG_SIGNATURE, b"<svg>", b"{", b"ey.ey.", b"a.b.c~"]),
)
def test_any_bytes(raw, start) -> None:
    judged(start + raw)


@MANY
@given(st.data())
def test_tokens_with_any_header_and_claims(data) -> None:
    names = st.sampled_from(
        ["alg", "typ", "kid", "crit", "jwk", "iss", "vc", "exp", "nbf", "iat", "sub", "cnf", "_sd", "_sd_alg", "status"]
    )
    parts = [data.draw(st.dictionaries(names, ODD, max_size=4)) for _ in range(2)]
    header = {"alg": "Ed25519", "typ": "vc+jwt", **parts[0]}
    try:
        text = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, {**unsigned(), **parts[1]}))
    except UnicodeEncodeError:
        return
    token = f"{text}.{base64url.encode(ED.sign(text.encode()))}"
    judged(token)
    judged(token + "~" + base64url.encode(json.dumps(data.draw(ODD)).encode()) + "~", occasion=Occasion("n", "a"))


@MANY
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_a_baked_image_with_changed_bytes(place, change) -> None:
    image = baking.bake_svg(b'<svg xmlns="http://www.w3.org/2000/svg"/>', json.dumps(GOOD))
    at = place % len(image)
    verdict = judged(image[:at] + change + image[at + len(change) :])
    if verdict is not None and verdict.verdict == "valid":
        assert verdict.achievement["name"] == "Supply Chain Management"


@MANY
@given(st.integers(0, 10_000), st.sampled_from("abcABC019-_.~"))
def test_an_sd_jwt_with_a_changed_letter(place, letter) -> None:
    token = SD_JWT
    at = place % len(token)
    judged(token[:at] + letter + token[at + 1 :])


SD_JWT = sdjwt.issue(unsigned(), ED, hidden=[("credentialSubject", "result", 0)], created=NOW)
