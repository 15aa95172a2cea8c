"""Safe mode: hostile documents, and the reason for which each is refused.

What is refused is what a reader of the JSON would see, or would miss, but the signature would not show.
"""

import copy
import json

import pytest
from tests.vc.makers import DID, badge, unsigned

from linkspan.vc import VcError, contexts
from linkspan.vc.jsonld import canonical, parse
from linkspan.vc.proofs import check

V1, V2 = contexts.CREDENTIALS_V1, contexts.CREDENTIALS_V2
OB, EXTENSIONS = contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS
CREDENTIAL_ID = unsigned()["id"]


def changed(path: str, value) -> dict:
    """The sample badge with one member set: `a.b.0.c`."""
    document = copy.deepcopy(unsigned())
    place = document
    *parts, last = path.split("/")
    for part in parts:
        place = place[int(part) if part.isdigit() else part]
    place[last] = value
    return document


MOVED = {"id": CREDENTIAL_ID, "type": "VerifiableCredential", "validUntil": "2019-01-01T00:00:00Z"}
SUBJECT = "credentialSubject"
ACHIEVEMENT = f"{SUBJECT}/achievement"

#: (what it is, where, the value, the reason)
TABLE = [
    # What no context defines.
    ("an injected claim", f"{SUBJECT}/honors", "summa cum laude", "term_dropped"),
    ("an injected number", f"{SUBJECT}/honors", 1, "term_dropped"),
    ("an injected boolean", f"{SUBJECT}/honors", True, "term_dropped"),
    ("an injected object", f"{SUBJECT}/honors", {"name": "x"}, "term_dropped"),
    ("an injected typed object", f"{SUBJECT}/honors", {"type": "Profile"}, "term_dropped"),
    ("an injected typed and named object", f"{SUBJECT}/honors", {"id": "urn:x", "type": "Profile"}, "term_dropped"),
    ("an injected object of the subject's name", f"{SUBJECT}/honors", {"id": DID, "type": "Profile"}, "term_dropped"),
    ("an injected list of typed objects", "honors", [{"type": "Profile"}, {"type": "Profile"}], "term_dropped"),
    ("an injected named object", f"{SUBJECT}/honors", {"id": "urn:x"}, "term_dropped"),
    ("an injected list", f"{SUBJECT}/honors", ["a", "b"], "term_dropped"),
    ("an injected list of numbers", f"{SUBJECT}/honors", [1, 2], "term_dropped"),
    ("a claim beside the subject", "honors", "x", "term_dropped"),
    ("a claim deep inside", f"{ACHIEVEMENT}/criteria/honors", "x", "term_dropped"),
    ("a term of another type's context", f"{ACHIEVEMENT}/identityHash", "x", "term_dropped"),
    ("a term of a context not named", "proofValue", "z1", "term_dropped"),
    # Keys that look like another.
    ("a key in other letters", f"{ACHIEVEMENT}/Name", "Nobel Prize", "term_dropped"),
    ("a key with a Cyrillic letter", f"{ACHIEVEMENT}/n\u0430me", "Nobel Prize", "term_dropped"),
    ("a key in full width", f"{ACHIEVEMENT}/\uff4eame", "Nobel Prize", "term_dropped"),
    ("a key with a combining mark", f"{ACHIEVEMENT}/name\u0301", "Nobel Prize", "term_dropped"),
    ("a key with a space behind", f"{ACHIEVEMENT}/name ", "Nobel Prize", "key_odd"),
    ("a key with a space before", f"{ACHIEVEMENT}/ name", "Nobel Prize", "key_odd"),
    ("a key with a no-break space", f"{ACHIEVEMENT}/name\u00a0", "Nobel Prize", "key_odd"),
    ("a key with a zero-width space", f"{ACHIEVEMENT}/na\u200bme", "Nobel Prize", "key_odd"),
    ("a key with a line break", f"{ACHIEVEMENT}/name\n", "Nobel Prize", "key_odd"),
    ("a key with a NUL", f"{ACHIEVEMENT}/name\0", "Nobel Prize", "key_odd"),
    ("a key written right to left", f"{ACHIEVEMENT}/\u202ename", "Nobel Prize", "key_odd"),
    ("an empty key", f"{ACHIEVEMENT}/", "Nobel Prize", "key_odd"),
    # The same statement under a key that readers do not look at: validUntil hidden from the check of dates.
    (
        "a term written as an address",
        "https:%2F%2Fwww.w3.org%2F2018%2Fcredentials#validUntil",
        "2019-01-01T00:00:00Z",
        "key_not_term",
    ),
    ("a term written with a prefix", f"{ACHIEVEMENT}/schema:name", "Nobel Prize", "key_not_term"),
    ("a key of a scheme nobody knows", "x:honors", "x", "key_not_term"),
    ("an identifier under its keyword", f"{ACHIEVEMENT}/@id", "urn:x", "keyword_unusable"),
    ("a type under its keyword", f"{ACHIEVEMENT}/@type", "Profile", "keyword_unusable"),
    ("a graph", "@graph", [{"id": "urn:x"}], "keyword_unusable"),
    ("included nodes", "@included", [{"id": "urn:x"}], "keyword_unusable"),
    ("a reverse property", "@reverse", {"issuer": {"id": "urn:x"}}, "keyword_unusable"),
    ("nested members", "@nest", {"name": "x"}, "keyword_unusable"),
    ("an index", f"{ACHIEVEMENT}/@index", "x", "keyword_unusable"),
    ("a base", "@base", "https://elsewhere.example/", "keyword_unusable"),
    ("a vocabulary", "@vocab", "https://elsewhere.example/", "keyword_unusable"),
    ("a word that looks like a keyword", f"{ACHIEVEMENT}/@honors", "x", "keyword_unusable"),
    ("a set", "name", {"@set": ["x"]}, "keyword_unusable"),
    ("a list", "name", {"@list": ["x"]}, "keyword_unusable"),
    ("a value beside other members", "name", {"@value": "x", "name": "y"}, "keyword_unusable"),
    ("a language without a value", "name", {"@language": "en"}, "keyword_unusable"),
    ("a direction", "name", {"@value": "x", "@direction": "rtl"}, "direction_unusable"),
    ("a language that is none", "name", {"@value": "x", "@language": "no language"}, "term_dropped"),
    # Types.
    ("a type nobody defines", "type", ["VerifiableCredential", "OpenBadgeCredential", "Nobel"], "type_unknown"),
    ("a type in other letters", "type", ["VerifiableCredential", "openBadgeCredential"], "type_unknown"),
    ("a relative type", "evidence", [{"type": "./Evidence"}], "type_unknown"),
    (
        "a type of an extension not named",
        "credentialSchema",
        {"id": "urn:x", "type": "1EdTechJsonSchemaValidator2019"},
        "type_unknown",
    ),
    ("a type that is a number", f"{ACHIEVEMENT}/type", 1, "type_unknown"),
    ("a type that is an object", f"{ACHIEVEMENT}/type", {"id": "urn:x"}, "type_unknown"),
    ("a type that is null", f"{ACHIEVEMENT}/type", None, "type_unknown"),
    ("types with a list in them", f"{ACHIEVEMENT}/type", [["Achievement"]], "type_unknown"),
    ("no type", f"{ACHIEVEMENT}/type", [], "type_unknown"),
    ("a type twice", f"{ACHIEVEMENT}/type", ["Achievement", "Achievement"], "value_twice"),
    # Contexts.
    ("a context inline", "@context", [V2, OB, {"note": "https://schema.org/description"}], "context_inline"),
    ("only a context inline", "@context", {"@vocab": "urn:x#"}, "context_inline"),
    ("a context that undoes all", "@context", [V2, OB, None], "context_inline"),
    ("a context that is a number", "@context", [V2, 1], "context_inline"),
    ("no context in the list", "@context", [], "context_inline"),
    ("a null for a context", "@context", None, "context_inline"),
    ("a context of somebody's", "@context", [V2, OB, "https://elsewhere.example/context"], "context_unknown"),
    ("a context by another way of writing", "@context", [V2 + "#", OB], "context_unknown"),
    ("a relative context", "@context", [V2, OB, "context.json"], "context_unknown"),
    ("the data model not first", "@context", [OB, V2], "context_order"),
    ("both versions of the data model", "@context", [V2, V1, OB], "context_order"),
    ("a context twice", "@context", [V2, OB, OB], "context_twice"),
    ("a context inside", f"{ACHIEVEMENT}/@context", [EXTENSIONS], "context_nested"),
    ("a context inline inside", f"{ACHIEVEMENT}/@context", {"description": "urn:hidden"}, "context_inline"),
    ("badge terms without their context", "@context", [V2], "term_dropped"),
    # Values.
    ("a null", "name", None, "null_value"),
    ("a null in a list", "evidence", [None], "null_value"),
    ("a null value object", "name", {"@value": None}, "null_value"),
    ("an empty object", f"{SUBJECT}/honors", {}, "empty_value"),
    ("an empty list", f"{SUBJECT}/honors", [], "empty_value"),
    ("a list in a list", "name", [["x"]], "list_nested"),
    ("a value twice", "name", ["x", "x"], "value_twice"),
    ("an integer beyond 2^53", f"{ACHIEVEMENT}/creditsAvailable", 2**53, "number_unsafe"),
    ("an integer far beyond", f"{ACHIEVEMENT}/creditsAvailable", 10**30, "number_unsafe"),
    ("a float beyond 2^53", f"{ACHIEVEMENT}/creditsAvailable", 1e300, "number_unsafe"),
    ("a float of 17 digits", f"{ACHIEVEMENT}/creditsAvailable", 0.1 + 0.2, "number_unsafe"),
    ("a float that is written with an exponent", f"{ACHIEVEMENT}/creditsAvailable", 1e-7, "number_unsafe"),
    ("a negative zero", f"{ACHIEVEMENT}/creditsAvailable", -0.0, "number_unsafe"),
    ("not a number", f"{ACHIEVEMENT}/creditsAvailable", float("nan"), "number_unsafe"),
    ("infinity", f"{ACHIEVEMENT}/creditsAvailable", float("inf"), "number_unsafe"),
    ("half of a character", "name", "x\ud800", "character_unsafe"),
    ("a code that is no character", "name", "x\uffff", "character_unsafe"),
    ("something that JSON does not have", "name", b"x", "value_unusable"),
    # Addresses.
    ("a relative identifier", "id", "3527", "value_dropped"),
    ("a relative identifier with a path", "id", "/credentials/3527", "value_dropped"),
    ("an empty identifier", f"{ACHIEVEMENT}/id", "", "value_dropped"),
    ("a label for an identifier", f"{ACHIEVEMENT}/id", "_:b0", "value_changed"),
    ("a keyword for an identifier", f"{ACHIEVEMENT}/id", "@type", "value_dropped"),
    ("an identifier that is a number", f"{ACHIEVEMENT}/id", 7, "not_json_ld"),
    ("a number for an address", "credentialStatus/statusListCredential", 7, "value_changed"),
    ("a number for a thing", "issuer", 7, "value_changed"),
    ("an address with a line separator", f"{ACHIEVEMENT}/id", "urn:a:\u2028", "value_dropped"),
    ("an identifier that is a list", f"{ACHIEVEMENT}/id", ["urn:x"], "not_json_ld"),
    ("an address with a space", f"{ACHIEVEMENT}/id", "https://mitx.example/a b", "value_dropped"),
    ("the credential's own end date inside", f"{SUBJECT}", {"id": CREDENTIAL_ID, "validUntil": "2019"}, "term_dropped"),
    ("the credential itself inside", "endorsement", [MOVED], "subject_twice"),
]


@pytest.mark.parametrize(("path", "value", "code"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_threat_02_what_is_refused(path, value, code) -> None:
    document = changed(path, value)
    if "%2F" in path:
        document[path.replace("%2F", "/")] = document.pop(path)
    with pytest.raises(VcError) as caught:
        canonical(document)
    assert caught.value.code == code
    with pytest.raises(VcError) as again:  # the same the second time: nothing wrong was kept
        canonical(document)
    assert again.value.code == code


def test_the_table_is_long_and_its_names_differ() -> None:
    assert len({row[0] for row in TABLE}) == len(TABLE) >= 60


def test_no_context_at_all() -> None:
    document = unsigned()
    del document["@context"]
    with pytest.raises(VcError) as caught:
        canonical(document)
    assert caught.value.code == "context_missing"


#: Text as it may arrive: (the bytes, the reason)
TEXTS = [
    (b"\xff\xfe{}", "not_utf8"),
    (b'{"name": "\xc3\x28"}', "not_utf8"),
    (b'{"name": "\xed\xa0\x80"}', "not_utf8"),
    (b'{"name": "\\ud800"}', "half_character"),
    (b'{"\\udc00": 1}', "half_character"),
    (b'{"a": 1, "a": 2}', "duplicate_key"),
    (b'{"a": {"b": 1, "\\u0062": 2}}', "duplicate_key"),
    (b'{"a": NaN}', "not_a_number"),
    (b'{"a": Infinity}', "not_a_number"),
    (b'{"a": -Infinity}', "not_a_number"),
    (b'{"a": 1' + b"0" * 5_000 + b"}", "not_json"),
    (b'{"a": 01}', "not_json"),
    (b"{'a': 1}", "not_json"),
    (b'{"a": 1}{"a": 2}', "not_json"),
    (b'\xef\xbb\xbf{"a": 1}', "not_json"),
    (b"", "not_json"),
    (b'"text"', "not_an_object"),
    (b'{"a":' * 50 + b"1" + b"}" * 50, "too_deep"),
    (b"[" * 100_000, "not_json"),
    (b'{"a": "' + b"x" * 5_000_000 + b'"}', "too_large"),
]


@pytest.mark.parametrize(("text", "code"), TEXTS, ids=[f"{code}-{text[:12]!r}" for text, code in TEXTS])
def test_text_that_is_refused(text, code) -> None:
    with pytest.raises(VcError) as caught:
        parse(text)
    assert caught.value.code == code


def test_too_many_objects_and_too_many_contexts_are_refused() -> None:
    for document in (
        changed("evidence", [{"type": "Evidence"}] * 5_001),
        changed(f"{ACHIEVEMENT}/endorsement", [{"@context": [V2], "type": "VerifiableCredential"}] * 201),
    ):
        with pytest.raises(VcError) as caught:
            canonical(document)
        assert caught.value.code == "too_large"


#: What is signed as it is: (where, the value, a line of the canonical form that says so)
KEPT = [
    (f"{ACHIEVEMENT}/creditsAvailable", 36, '"36"^^<https://www.w3.org/2001/XMLSchema#float>'),
    (f"{ACHIEVEMENT}/creditsAvailable", 2.5, '"2.5E0"^^<https://www.w3.org/2001/XMLSchema#float>'),
    (f"{ACHIEVEMENT}/creditsAvailable", 2**53 - 1, '"9007199254740991"^^<https://www.w3.org/2001/XMLSchema#float>'),
    (f"{ACHIEVEMENT}/creditsAvailable", -1, '"-1"^^<https://www.w3.org/2001/XMLSchema#float>'),
    (f"{SUBJECT}/identifier/0/hashed", False, '"false"^^<https://www.w3.org/2001/XMLSchema#boolean>'),
    ("name", "_:b0", '<https://schema.org/name> "_:b0"'),
    ("name", "@type", '<https://schema.org/name> "@type"'),
    ("name", "", '<https://schema.org/name> ""'),
    ("name", "36", '<https://schema.org/name> "36"'),
    ("name", "true", '<https://schema.org/name> "true"'),
    ("name", 36, '<https://schema.org/name> "36"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    ("name", True, '<https://schema.org/name> "true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
    ("name", 2.5, '<https://schema.org/name> "2.5E0"^^<http://www.w3.org/2001/XMLSchema#double>'),
    ("name", {"@value": "Gestion", "@language": "fr"}, '"Gestion"@fr'),
    ("name", "a\u2028b\u0085c", '"a\u2028b\u0085c"'),
    ("name", 'a\u0000b"c\\d\n', '"a\\u0000b\\"c\\\\d\\n"'),
    ("name", "\U0001f600", '"\U0001f600"'),
]


@pytest.mark.parametrize(("path", "value", "line"), KEPT)
def test_what_is_kept_as_it_is(path, value, line) -> None:
    assert line in canonical(changed(path, value))


def test_one_value_is_never_taken_for_another() -> None:
    """Documents alike but for one value have different canonical forms, whichever came first."""
    values = [
        1,
        True,
        "1",
        "true",
        1.5,
        "1.5",
        "1.5E0",
        0,
        False,
        "0",
        "",
        "x",
        "_:x",
        -1,
        {"@value": "x", "@language": "en"},
    ]
    base = unsigned()
    forms = [canonical({**base, "name": value}) for value in values]
    assert len(set(forms)) == len(values)
    assert canonical({**base, "name": 1.0}) == forms[0]  # JSON has one kind of number


def test_threat_01_an_injected_claim_does_not_verify_with_the_old_proof() -> None:
    signed = badge()
    signed["credentialSubject"]["achievement"]["honors"] = "x"
    with pytest.raises(VcError) as caught:
        check(signed, signed["proof"])
    assert caught.value.code == "term_dropped"


def test_a_nested_credential_may_name_its_contexts() -> None:
    endorsement = {
        "@context": [V2, OB],
        "id": "urn:uuid:0190f2b4-0000-7000-8000-000000000002",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": DID, "type": "Profile"},
        "credentialSubject": {"id": DID, "type": "EndorsementSubject", "endorsementComment": "Sound"},
    }
    assert '"Sound"' in canonical(changed("endorsement", [endorsement]))


def test_parsing_and_signing_agree() -> None:
    document = unsigned()
    assert canonical(parse(json.dumps(document))) == canonical(document)
