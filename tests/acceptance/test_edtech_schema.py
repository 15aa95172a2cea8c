"""1EdTech's JSON Schema of a badge takes what we issue.

The one at hand is their adaptation to the older data model; what that alone asks for is put into today's words first.
"""

import json

import jsonschema_rs
import pytest
from tests.vc.test_gate import program_award

from linkspan.vc import badges, schemas


def adapted(shared) -> dict:
    """Their schema in today's words."""
    found = json.loads(
        (shared / "fixtures" / "1edtech" / "ob_v3p0_achievementcredential_schema_draft4.json").read_text()
    )
    found["required"] = [{"issuanceDate": "validFrom"}.get(name, name) for name in found["required"]]
    found["properties"] |= {"validFrom": {"type": "string"}, "awardedDate": {"type": "string"}}
    found["$defs"]["CredentialStatus"]["additionalProperties"] = True  # a status list's entry has members of its own
    return found


@pytest.fixture
def theirs(shared):
    return jsonschema_rs.validator_for(adapted(shared))


def test_it_takes_our_badge_and_refuses_what_it_should(theirs) -> None:
    document = program_award()
    schemas.check(document)
    assert [error.message for error in theirs.iter_errors(document)] == []
    assert {"id": schemas.EDTECH_SCHEMA, "type": badges.EDTECH_SCHEMA_TYPE} in document["credentialSchema"]
    for broken in (
        {"credentialStatus": [document["credentialStatus"]]},
        {"credentialSchema": document["credentialSchema"][0]},
        {"issuer": {"id": 1}},
    ):
        assert not theirs.is_valid({**document, **broken})
