"""The rules of structure: what each kind asks for, whatever carries it, and what is left to judge of the rest."""

import copy

import pytest
from tests.vc.makers import NOW, SEED, badge, trust, unsigned

from linkspan.vc import jose, sign, verify
from linkspan.vc.instants import moment

V2, OB = unsigned()["@context"]
ACHIEVEMENT = ("credentialSubject", "achievement")
DESCRIPTION = (*ACHIEVEMENT, "resultDescription", 0)
RESULT = ("credentialSubject", "result", 0)
ALIGNMENT = (*ACHIEVEMENT, "alignment", 0)
GONE = object()
WRONG = [
    (("credentialSubject",), GONE, "model_broken"),
    (("credentialSubject",), [], "model_broken"),
    (("issuer",), "no address", "model_broken"),
    (("issuer", "id"), GONE, "model_broken"),
    (("validFrom",), GONE, "model_broken"),
    (("validFrom",), "2024-W01-1T00:00:00Z", "model_broken"),
    (("validFrom",), "20240101T000000Z", "model_broken"),
    (("validUntil",), "2024-01-01T00:00Z", "model_broken"),
    (("awardedDate",), "2024-01-01", "model_broken"),
    (("type",), ["OpenBadgeCredential"], "not_a_credential"),
    (("@context",), [OB, V2], "context_order"),
    (("@context",), [V2], "context_missing"),
    (("credentialStatus",), {"id": "urn:x"}, "model_broken"),
    (ACHIEVEMENT, GONE, "model_broken"),
    ((*ACHIEVEMENT, "criteria"), GONE, "model_broken"),
    ((*ACHIEVEMENT, "description"), 5, "model_broken"),
    ((*ACHIEVEMENT, "achievementType"), "Nanodegree", "model_broken"),
    ((*ACHIEVEMENT, "type"), ["Profile"], "model_broken"),
    ((*ALIGNMENT, "targetUrl"), GONE, "model_broken"),
    ((*ALIGNMENT, "targetType"), "Course", "model_broken"),
    ((*DESCRIPTION, "resultType"), "Marks", "model_broken"),
    ((*DESCRIPTION, "allowedValue"), ["1", "2"], "result_not_allowed"),
    ((*DESCRIPTION, "valueMax"), "50", "result_not_allowed"),
    ((*RESULT, "resultDescription"), "urn:elsewhere", "result_foreign"),
    ((*RESULT, "achievedLevel"), "urn:elsewhere", "result_foreign"),
    ((*RESULT, "status"), "Passed", "model_broken"),
    (("relatedResource",), [{"id": V2, "digestSRI": "sha384-AAAA"}], "resource_digest_broken"),
    (("relatedResource",), [{"id": V2, "digestSRI": "sha256-" + "A" * 43 + "="}], "resource_differs"),
    (("relatedResource",), [{"id": V2}], "resource_without_digest"),
]
SOUND = [
    (("validFrom",), "2018-01-01T24:00:00Z"),
    (("validUntil",), "12018-01-01T00:00:00.5+14:00"),
    (("credentialSubject",), [unsigned()["credentialSubject"]]),
    ((*ACHIEVEMENT, "achievementType"), "ext:Nanodegree"),
    ((*ACHIEVEMENT, "alignment"), unsigned()["credentialSubject"]["achievement"]["alignment"][0]),
    ((*DESCRIPTION, "allowedValue"), ["60", "78"]),
    ((*DESCRIPTION, "valueMax"), "100"),
    (("name",), {"@value": "Liefern", "@language": "de"}),
    (("name",), [{"@value": "Liefern", "@language": "de"}, {"@value": "Supply", "@language": "en"}]),
    (("evidence",), []),
    (("image",), None),
    ((*ACHIEVEMENT, "tag"), ["math", "math"]),
    (("@context",), [V2, OB, {"campus": "https://mitx.example/terms#campus"}]),
]


def changed(path: tuple, value: object) -> dict:
    document = copy.deepcopy(unsigned())
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def inert_taken_out(document: dict) -> dict:
    kept = {name: value for name, value in document.items() if value is not None and value != []}
    tags = kept["credentialSubject"]["achievement"].get("tag") if isinstance(kept["credentialSubject"], dict) else None
    if tags:
        kept = copy.deepcopy(kept)
        kept["credentialSubject"]["achievement"]["tag"] = sorted(set(tags))
    return kept


def as_token(document: dict) -> str:
    return jose.sign_claims({**document, "iat": int(NOW.timestamp())}, SEED, kind="vc+jwt")


def model_of(content: object) -> tuple[str, str]:
    verdict = verify(content, trust=trust(), at=NOW)
    return verdict.verdict, verdict.checks[-1].code


@pytest.mark.parametrize(("path", "value", "code"), WRONG)
def test_what_breaks_the_rules_is_invalid_in_a_token(path, value, code) -> None:
    assert model_of(as_token(changed(path, value))) == ("invalid", code)


@pytest.mark.parametrize(("path", "value", "code"), [row for row in WRONG if row[1] != []])
def test_what_breaks_the_rules_is_never_valid_with_a_proof(path, value, code) -> None:
    forged = {**changed(path, value), "proof": badge()["proof"]}
    assert model_of(forged) == ("invalid", code)


@pytest.mark.parametrize(("path", "value"), SOUND)
def test_what_keeps_the_rules_is_valid_in_every_carrier(path, value) -> None:
    document = changed(path, value)
    assert model_of(as_token(document)) == ("valid", "model_met")
    proof = sign(inert_taken_out(document), SEED, created=NOW)["proof"]
    assert model_of({**document, "proof": proof}) == ("valid", "model_met")


def test_a_token_that_is_no_credential() -> None:
    token = jose.sign_claims({"iss": unsigned()["issuer"]["id"], "hello": "world"}, SEED, kind="vc+jwt")
    assert model_of(token) == ("invalid", "not_a_credential")


def test_two_achievements_are_not_shown_as_one() -> None:
    one = unsigned()["credentialSubject"]["achievement"]
    verdict = verify(as_token(changed(ACHIEVEMENT, [one, {**one, "name": "Second"}])), trust=trust(), at=NOW)
    assert verdict.verdict == "invalid"
    assert [found["name"] for found in verdict.achievements] == [one["name"], "Second"]


def test_inert_parts_are_named_and_not_shown() -> None:
    told = verify({**badge(), "evidence": [], "image": None, "proof": badge()["proof"]}, trust=trust(), at=NOW)
    assert [note.message for note in told.notes] == ["Left out: evidence (empty).", "Left out: image (nothing in it)."]
    assert told.verdict == "invalid", "the evidence that was signed is gone"


def test_in_an_ordered_list_nothing_is_inert() -> None:
    signed = sign(changed((*DESCRIPTION, "allowedValue"), ["60", "78"]), SEED, created=NOW)
    signed["credentialSubject"]["achievement"]["resultDescription"][0]["allowedValue"] = ["60", "78", "78"]
    assert verify(signed, trust=trust(), at=NOW).verdict == "invalid"


@pytest.mark.parametrize(
    "own",
    [
        {"note": "https://schema.org/description"},
        {"name": "https://mitx.example/terms#name"},
        {"@vocab": "https://mitx.example/terms#"},
        {"campus": {"@id": "https://mitx.example/terms#campus", "@reverse": "urn:x:y"}},
        {"campus": "campus"},
        {"campus": None},
    ],
)
def test_words_of_its_own_that_could_rename_are_unknown(own) -> None:
    document = changed(("@context",), [V2, OB, own])
    assert verify(as_token(document), trust=trust(), at=NOW).verdict == "unknown"
    assert verify({**document, "proof": badge()["proof"]}, trust=trust(), at=NOW).verdict == "unknown"


def test_words_of_its_own_are_signed() -> None:
    own = changed(("@context",), [V2, OB, {"campus": "https://mitx.example/terms#campus"}])
    signed = sign({**own, "campus": "North"}, SEED, created=NOW)
    assert verify(signed, trust=trust(), at=NOW).verdict == "valid"
    assert verify({**signed, "campus": "South"}, trust=trust(), at=NOW).verdict == "invalid"


def test_a_direction_is_a_hint() -> None:
    signed = badge(name={"@value": "Logistik", "@language": "ar"})
    shown = {**signed, "name": {**signed["name"], "@direction": "rtl"}}
    verdict = verify(shown, trust=trust(), at=NOW)
    assert (verdict.verdict, [note.code for note in verdict.notes]) == ("valid", ["direction_unusable"])
    assert verdict.achievement["name"] == unsigned()["name"]


def test_an_unsigned_endorsement_is_named_and_not_believed() -> None:
    endorsement = {
        "@context": [V2, OB],
        "id": "urn:uuid:0190f2b4-0000-7000-8000-00000000000e",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": unsigned()["issuer"]["id"], "type": ["Profile"]},
        "validFrom": "2018-01-01T00:00:00Z",
        "name": "Good",
        "credentialSubject": {"id": unsigned()["id"], "type": ["EndorsementSubject"], "endorsementComment": "good"},
    }
    verdict = verify(badge(endorsement=[endorsement]), trust=trust(), at=NOW)
    assert (verdict.verdict, [note.code for note in verdict.notes]) == ("valid", ["endorsement_unsigned"])
    whole = badge(endorsement=[sign(endorsement, SEED, created=NOW)])
    endorsed = verify(whole, trust=trust(), at=NOW)
    assert (endorsed.verdict, [one.verdict for one in endorsed.endorsements]) == ("valid", ["valid"])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-01-01T24:00:00Z", "2024-01-02T00:00:00+00:00"),
        ("2024-01-01T00:00:00.5-05:00", "2024-01-01T00:00:00.500000-05:00"),
        ("2024-02-30T00:00:00Z", None),
        ("2024-01-01T24:00:01Z", None),
        ("2024-01-01T00:00:00,5Z", None),
        ("2024-01-01T00:00:00+0000", None),
        ("2024-01-01t00:00:00z", None),
    ],
)
def test_instants(text, read) -> None:
    found = moment(text)
    assert (found.isoformat() if found else None) == read
