"""What SCIM 2.0 asks a service to say of itself (RFC 7643, sections 5 to 7)."""

from typing import Any

_BEARER = {
    "type": "oauthbearertoken",
    "name": "Bearer token",
    "description": "A token that the institution's registrar made for its directory.",
    "primary": True,
}
CONFIG: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 200},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [_BEARER],
}


def _type(name: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "schema": f"urn:ietf:params:scim:schemas:core:2.0:{name}",
        "schemaExtensions": [],
    }


def _attribute(name: str, kind: str = "string", *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual = {
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    below = {"subAttributes": list(parts)} if parts else {}
    return {"name": name, "type": kind} | usual | below | more


def _schema(name: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": f"urn:ietf:params:scim:schemas:core:2.0:{name}",
        "name": name,
        "attributes": list(attributes),
    }


RESOURCE_TYPES = [_type("User"), _type("Group")]
_READ = {"mutability": "readOnly"}
SCHEMAS = [
    _schema(
        "User",
        _attribute("userName", required=True, uniqueness="server"),
        _attribute("externalId", caseExact=True),
        _attribute("displayName"),
        _attribute("name", "complex", _attribute("givenName"), _attribute("familyName"), _attribute("formatted")),
        _attribute(
            "emails",
            "complex",
            _attribute("value"),
            _attribute("type"),
            _attribute("primary", "boolean"),
            multiValued=True,
        ),
        _attribute("active", "boolean"),
        _attribute(
            "groups",
            "complex",
            _attribute("value", **_READ),
            _attribute("display", **_READ),
            multiValued=True,
            **_READ,
        ),
    ),
    _schema(
        "Group",
        _attribute("displayName", required=True, uniqueness="server"),
        _attribute("externalId", caseExact=True),
        _attribute("members", "complex", _attribute("value"), _attribute("display", **_READ), multiValued=True),
    ),
]
