"""W3C Bitstring Status List 1.0 (Recommendation of 15 May 2025): each MUST by its section, over HTTP."""

import base64
import gzip
import json
from urllib.parse import urlsplit

import pytest
from tests.contract.vc_api.conftest import Api, own_signature, unsigned

from linkspan.vc import status as status_lists

pytestmark = pytest.mark.django_db
ERRORS = "https://www.w3.org/ns/credentials/status-list#"


def entry_of(document: dict) -> dict:
    return document["credentialStatus"]


def list_of(api: Api, entry: dict) -> dict:
    answer = api.client.get(urlsplit(entry["statusListCredential"]).path)
    assert answer.status_code == 200
    return json.loads(answer.content)


def bits_of(document: dict) -> bytes:
    encoded = document["credentialSubject"]["encodedList"]
    assert encoded.startswith("u") and "=" not in encoded
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))


def bit(document: dict, index: int) -> int:
    return bits_of(document)[index // 8] >> (7 - index % 8) & 1


def set_status(api: Api, document: dict, purpose: str, value: bool):
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": purpose}
    return api.post("/credentials/status", {"credentialId": document["id"], "credentialStatus": entry, "status": value})


def test_2_1_an_entry_stands_in_a_conforming_credential(api: Api) -> None:
    assert api.verified(api.issued())["verified"]


def test_2_1_the_identifier_of_an_entry_is_not_that_of_the_list(api: Api) -> None:
    entry = entry_of(api.issued())
    assert entry["id"] != entry["statusListCredential"]


def test_2_1_type_purpose_and_index_have_their_forms(api: Api) -> None:
    entry = entry_of(api.issued())
    assert (entry["type"], entry["statusPurpose"]) == ("BitstringStatusListEntry", "revocation")
    assert entry["statusListIndex"] == str(int(entry["statusListIndex"]))


def test_2_1_the_address_leads_to_a_status_list_credential(api: Api) -> None:
    assert "BitstringStatusListCredential" in list_of(api, entry_of(api.issued()))["type"]


def test_2_1_an_absent_size_is_one(api: Api) -> None:
    issued = api.issued()
    assert "statusSize" not in entry_of(issued)
    assert set_status(api, issued, "revocation", True).status_code == 200
    warnings = api.verified(issued)["warnings"]
    assert [warning["title"] for warning in warnings] == ["revoked"]


def test_2_1_an_entry_of_another_purpose_than_message_has_no_messages(api: Api) -> None:
    assert not {"statusMessage", "statusReference"} & set(entry_of(api.issued()))


def test_2_2_the_list_is_a_conforming_credential(api: Api) -> None:
    found = api.verified(list_of(api, entry_of(api.issued())))
    assert found["verified"] and not found["errors"]


def test_2_2_the_subject_is_a_list_with_its_purposes(api: Api) -> None:
    subject = list_of(api, entry_of(api.issued()))["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")


def test_2_2_the_list_is_multibase_gzip_of_at_least_16_kilobytes(api: Api) -> None:
    assert len(bits_of(list_of(api, entry_of(api.issued())))) >= 16 * 1024


def test_2_2_the_first_index_is_the_leftmost_bit(api: Api) -> None:
    issued = api.issued()
    index = int(entry_of(issued)["statusListIndex"])
    assert bit(list_of(api, entry_of(issued)), index) == 0
    set_status(api, issued, "revocation", True)
    assert bit(list_of(api, entry_of(issued)), index) == 1
    assert sum(byte.bit_count() for byte in bits_of(list_of(api, entry_of(issued)))) == 1


def test_2_2_a_cached_list_is_not_kept_beyond_five_minutes(api: Api) -> None:
    answer = api.client.get(urlsplit(entry_of(api.issued())["statusListCredential"]).path)
    assert "max-age=300" in answer["Cache-Control"] and answer["ETag"]


def test_2_1_revocation_is_not_reversible_and_suspension_is(api: Api) -> None:
    issued = api.issued()
    for value in (True, True, False, True, False):
        assert set_status(api, issued, "suspension", value).status_code == 200
        told = [warning["title"] for warning in api.verified(issued)["warnings"]]
        assert told == (["suspended"] if value else []), "this server says it, though the badge names no list of it"
    assert api.verified(issued)["warnings"] == []
    assert set_status(api, issued, "revocation", True).status_code == 200
    refused = set_status(api, issued, "revocation", False)
    assert (refused.status_code, refused.json()["title"]) == (400, "revocation_final")


def judged(api: Api, **changes) -> dict:
    """What is said of a credential with a valid signature whose status entry was changed before signing."""
    entry = {**entry_of(api.issued()), **changes}
    document = {**unsigned(), "id": "urn:uuid:0190f2b4-0000-7000-8000-00000000000c", "credentialStatus": entry}
    found = api.verified(own_signature(document))
    assert found["verified"], "status warns, it is no error of the credential"
    (warning,) = found["warnings"]
    assert found["verdict"]["verdict"] != "valid"
    return warning


def test_3_a_malformed_value_is_told_as_such(api: Api) -> None:
    warning = judged(api, statusListIndex="-1")
    assert warning["type"].endswith("#MALFORMED_VALUE_ERROR")


def test_3_2_a_list_that_cannot_be_fetched_is_a_retrieval_error(api: Api) -> None:
    warning = judged(api, statusListCredential="https://nowhere.example/status/1")
    assert (warning["type"], warning["code"]) == (f"{ERRORS}STATUS_RETRIEVAL_ERROR", -128)


def test_3_2_another_purpose_is_a_verification_error(api: Api) -> None:
    warning = judged(api, statusPurpose="suspension")
    assert (warning["type"], warning["code"]) == (f"{ERRORS}STATUS_VERIFICATION_ERROR", -129)


def test_3_2_an_index_beyond_the_list_is_a_range_error(api: Api) -> None:
    warning = judged(api, statusListIndex="99999999")
    assert warning["type"].endswith("#RANGE_ERROR")


def test_3_2_a_list_that_is_too_short_is_refused(api: Api) -> None:
    with pytest.raises(status_lists.VcError, match="131072"):
        status_lists.decode("u" + base64.urlsafe_b64encode(gzip.compress(bytes(100))).decode().rstrip("="))
    assert len(bits_of(list_of(api, entry_of(api.issued())))) * 8 >= status_lists.SHORTEST


def test_3_3_and_3_4_generation_and_expansion_give_the_same_bits(api: Api) -> None:
    issued = [api.issued() for _ in range(3)]
    for document in issued[:2]:
        set_status(api, document, "revocation", True)
    bits = [bit(list_of(api, entry_of(document)), int(entry_of(document)["statusListIndex"])) for document in issued]
    assert bits == [1, 1, 0]


def test_3_5_the_type_of_a_problem_begins_with_the_specifications_address(api: Api) -> None:
    assert judged(api, statusListCredential="https://nowhere.example/1")["type"].startswith(ERRORS)
