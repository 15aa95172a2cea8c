"""Selective disclosure of grades by ecdsa-sd-2023: base, derive, verify. Threat 24."""

import copy
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.vc.makers import LIST_URL, NOW, SEED, unsigned

from linkspan.vc import Trust, VcError, ecdsa_sd, keys, sign, status, verify

KEY = keys.private_key_of(keys.P256, bytes(range(1, 33)))
OTHER = keys.private_key_of(keys.P256, bytes(range(2, 34)))
DID = keys.did_key_of(KEY.public_key())
GRADES = ["/credentialSubject/result/0", "/credentialSubject/result/1"]
NAME = "/credentialSubject/identifier/1"
TITLE = "/credentialSubject/achievement"


def document() -> dict:
    return {**unsigned(), "issuer": {"id": DID, "type": ["Profile"], "name": "MITx"}}


def base(mandatory=(TITLE,), key=KEY) -> dict:
    return ecdsa_sd.sign_base(document(), key, created=NOW, mandatory=mandatory)


def judge(shown: dict):
    listed = status.list_credential(
        url=LIST_URL, issuer=DID, purpose="revocation", set_indices=[], length=status.SHORTEST, valid_from=NOW
    )
    relied = Trust([{"did": DID, "name": "MITx"}], {LIST_URL: sign(listed, KEY, created=NOW)})
    return verify(shown, trust=relied, at=NOW)


def signature_of(shown: dict) -> tuple[str, str]:
    return judge(shown).checks[0].outcome, judge(shown).checks[0].code


def test_threat_24_one_grade_is_shown_and_the_other_is_not() -> None:
    shown = ecdsa_sd.derive(base(), [GRADES[0]])
    verdict = judge(shown)
    assert verdict.verdict == "valid"
    assert [row["value"] for row in verdict.achievement["results"]] == ["78"]
    assert "Amara" not in str(shown)
    assert "72" not in str(shown["credentialSubject"].get("result"))


def test_issuer_dates_and_status_are_always_shown() -> None:
    shown = ecdsa_sd.derive(base(mandatory=()), [])
    assert set(shown) >= {"issuer", "validFrom", "credentialStatus", "id", "type"}
    assert judge(shown).verdict == "valid"
    hiding = copy.deepcopy(shown)
    del hiding["credentialStatus"]
    assert signature_of(hiding) == ("failed", "signature_wrong")


@pytest.mark.parametrize("pointers", [c for n in range(4) for c in itertools.combinations([*GRADES, NAME], n)])
def test_every_choice_holds(pointers) -> None:
    assert signature_of(ecdsa_sd.derive(base(), list(pointers)))[0] == "passed"


def test_the_whole_document() -> None:
    shown = ecdsa_sd.derive(base(), [""])
    assert {name: value for name, value in shown.items() if name != "proof"}.keys() == document().keys()
    assert judge(shown).verdict == "valid"


def test_changed_added_and_mixed_statements() -> None:
    shown = ecdsa_sd.derive(base(), GRADES)
    for change in (
        lambda d: d["credentialSubject"]["result"][0].update(value="99"),
        lambda d: d["credentialSubject"]["achievement"].update(name="Grander"),
        lambda d: d["credentialSubject"]["result"].pop(),
        lambda d: d["credentialSubject"]["result"].append({"type": ["Result"], "value": "100"}),
        lambda d: d["proof"].update(created="2018-06-30T12:00:01Z"),
        lambda d: d.update(name="A name that was not shown"),
    ):
        forged = copy.deepcopy(shown)
        change(forged)
        assert signature_of(forged) == ("failed", "signature_wrong")
    other = ecdsa_sd.derive(base(), [*GRADES, NAME])
    assert signature_of({**shown, "proof": other["proof"]}) == ("failed", "signature_wrong")


def test_a_base_proof_is_not_for_verifiers() -> None:
    assert signature_of(base()) == ("failed", "proof_not_derived")


def test_a_foreign_key() -> None:
    shown = ecdsa_sd.derive(base(key=OTHER), [GRADES[0]])
    assert [c.code for c in judge(shown).checks if c.name == "issuer"] == ["key_of_another"]


@pytest.mark.parametrize("pointer", ["/nowhere", "/credentialSubject/result/7", "no", "/credentialSubject/result/-1"])
def test_pointers_that_lead_nowhere(pointer) -> None:
    with pytest.raises(VcError) as caught:
        ecdsa_sd.derive(base(), [pointer])
    assert caught.value.code == "pointer_unknown"


def test_keys_and_documents_of_other_kinds() -> None:
    with pytest.raises(VcError) as caught:
        ecdsa_sd.sign_base(document(), keys.private_key_of(keys.ED25519, SEED), created=NOW)
    assert caught.value.code == "key_of_other_suite"
    nested = {**document(), "endorsement": [sign(unsigned(), SEED, created=NOW)]}
    with pytest.raises(VcError) as caught:
        ecdsa_sd.sign_base(nested, KEY, created=NOW)
    assert caught.value.code == "sd_nested"
    with pytest.raises(VcError):
        ecdsa_sd.derive(sign(document(), KEY, created=NOW), [])


@pytest.mark.parametrize("value", ["", "z", "u", "u2V0A", "u2V0B", "u2V0BhA", "u" + "gICA" * 3000, None, 7])
def test_broken_proof_values(value) -> None:
    shown = ecdsa_sd.derive(base(), [GRADES[0]])
    shown["proof"]["proofValue"] = value
    assert signature_of(shown)[0] == "failed"


@thorough(25)
@given(st.lists(st.sampled_from([*GRADES, NAME, "/evidence", "/credentialSubject/identifier", "/name"]), unique=True))
def test_any_choice_verifies_and_shows_no_more(pointers) -> None:
    shown = ecdsa_sd.derive(base(), pointers)
    assert signature_of(shown)[0] == "passed"
    assert ("name" in shown) == ("/name" in pointers)
    assert ("evidence" in shown) == ("/evidence" in pointers)
