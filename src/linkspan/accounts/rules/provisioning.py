"""SCIM 2.0 (RFC 7643, 7644) for staff: what an institution's directory says of people and groups, read and changed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import Unusable

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LONGEST_TEXT, LONGEST_ID, LONGEST_TOKEN_NAME = 200, 255, 100
MOST_OPERATIONS, MOST_MEMBERS, MOST_MAPPINGS, MOST_TOKENS = 1_000, 5_000, 100, 10
#: For how long a token works: directories take a new one in once a year.
TOKEN_LIFE = timedelta(days=400)


class ScimScope(StrEnum):
    """What a directory's token may do."""

    READ = "scim:read"
    WRITE = "scim:write"


@dataclass(frozen=True, slots=True)
class ScimToken:
    """A bearer token of an institution's directory; the token itself is known to the directory alone."""

    id: UUID
    institution: str
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    last_used_on: datetime | None


@dataclass(frozen=True, slots=True)
class ScimMapping:
    """The role that members of a directory's group have at the institution."""

    id: UUID
    group: str
    role: str


@dataclass(frozen=True, slots=True)
class ScimUser:
    """What a directory says of a person, as far as it is kept."""

    user_name: str = ""
    external_id: str = ""
    given: str = ""
    family: str = ""
    formatted: str = ""
    display_name: str = ""
    email: str = ""
    active: bool = True

    @property
    def name(self) -> str:
        """The person's name in one line."""
        return self.display_name or self.formatted or f"{self.given} {self.family}".strip()

    @property
    def address(self) -> Address:
        """The person's address; a user name that is one counts where no other is told."""
        try:
            return address(self.email or self.user_name)
        except Unusable as error:
            raise wrong_value("emails") from error


@dataclass(frozen=True, slots=True)
class ScimGroup:
    """A directory's group, with the ids of its members."""

    display_name: str = ""
    external_id: str = ""
    members: frozenset[UUID] = field(default_factory=frozenset)


def may_provision(actor: Actor, institution: str) -> bool:
    """Registrars at their own institution, and operators, who also manage its sign-in."""
    return actor.is_system or actor.has_role(Role.OPERATOR) or actor.has_role(Role.REGISTRAR, institution)


def wrong_value(name: str) -> Unusable:
    """The error for an attribute whose value cannot be used."""
    return Unusable("scim_value", "The value of {name} cannot be used.", name=name)


def wrong_path(path: object) -> Unusable:
    """The error for a path that leads to nothing here."""
    return Unusable("scim_path", "The path {path} is not known here.", path=str(path)[:100])


#: Where each attribute that is kept is found, in lower case as RFC 7643 has it.
_PLACES = {
    "username": "user_name",
    "externalid": "external_id",
    "name.givenname": "given",
    "name.familyname": "family",
    "name.formatted": "formatted",
    "displayname": "display_name",
    "active": "active",
}
#: Attributes of the schemas that are taken without a word and not kept.
_IGNORED = {
    *(
        "schemas",
        "id",
        "meta",
        "nickname",
        "profileurl",
        "title",
        "usertype",
        "preferredlanguage",
        "locale",
        "timezone",
    ),
    *("password", "phonenumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles"),
    *("x509certificates", "name", "name.middlename", "name.honorificprefix", "name.honorificsuffix"),
}
_EMAIL = re.compile(r'emails(\[type eq "(work|home|other)"\]|\[primary eq "?true"?\])?(\.value)?', re.IGNORECASE)
_MEMBER = re.compile(r'members\[value eq "([^"]{1,64})"\]', re.IGNORECASE)
_CORE = re.compile(r"urn:ietf:params:scim:schemas:core:2\.0:(user|group):", re.IGNORECASE)
_FILTER = re.compile(r'\s*([A-Za-z][\w.:]*)\s+[eE][qQ]\s+("(?:[^"\\]|\\.)*")\s*')
_EXTENSION = "urn:"


def filter_in(told: str, known: Mapping[str, str]) -> tuple[str, str] | None:
    """The field and value that a filter asks for; None without one. `known` names the fields by attribute.

    Unusable (`scim_filter`) for all but `ATTRIBUTE eq "VALUE"`, which is what directories ask before they change.
    """
    if not told:
        return None
    found = _FILTER.fullmatch(told) if len(told) <= 1_000 else None
    name = known.get(_CORE.sub("", found[1]).lower()) if found else None
    if found is None or name is None:
        some = ", ".join(f'{one} eq "…"' for one in known)
        raise Unusable("scim_filter", "This filter is not known here. Use one of: {some}.", some=some)
    try:
        return name, str(json.loads(found[2]))
    except ValueError as error:
        raise Unusable("scim_filter", "The value of the filter is broken.") from error


def user_in(body: Mapping[str, Any]) -> ScimUser:
    """What is posted or put of a person."""
    found = ScimUser()
    for name, value in _flat(body):
        found = _set(found, name, value)
    return _checked(found)


def patched_user(user: ScimUser, body: Mapping[str, Any]) -> ScimUser:
    """A person as operations change them, in the forms that Entra ID and Okta send."""
    for op, path, value in _operations(body):
        if not path and not isinstance(value, Mapping):
            raise wrong_value("Operations")
        pairs = [(_CORE.sub("", path).lower(), value)] if path else list(_flat(value))
        for name, one in pairs:
            user = _set(user, name, "" if op == "remove" else one, removed=op == "remove")
    return _checked(user)


def _flat(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Attributes by their paths; those of extensions are left out."""
    for name, value in body.items():
        path = _CORE.sub("", str(name)).lower()
        if path.startswith(_EXTENSION):
            continue
        if path == "name" and isinstance(value, Mapping):
            yield from ((f"name.{str(part).lower()}", one) for part, one in value.items())
        else:
            yield path, value


def _set(user: ScimUser, path: str, value: Any, *, removed: bool = False) -> ScimUser:
    if path in _PLACES:
        name = _PLACES[path]
        if name == "active":
            return replace(user, active=False if removed else _truth(value))
        told: dict[str, Any] = {name: _text(value, path)}
        return replace(user, **told)
    if path == "name" and isinstance(value, Mapping):
        for part, one in value.items():
            user = _set(user, f"name.{str(part).lower()}", one)
        return user
    if _EMAIL.fullmatch(path):
        return replace(user, email="" if removed else _email(value))
    if path in _IGNORED or path.startswith(_EXTENSION) or path.split("[")[0].split(".")[0] in _IGNORED - {"name"}:
        return user
    raise wrong_path(path)


def _text(value: Any, name: str, longest: int = LONGEST_TEXT) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise wrong_value(name)
    return value.strip()


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise wrong_value("active")


def _email(value: Any) -> str:
    """The primary address of several, else the first."""
    if isinstance(value, str) or value is None:
        return _text(value, "emails", 254)
    several = value if isinstance(value, list) else [value]
    found = [one for one in several if isinstance(one, Mapping) and one.get("value")]
    if len(found) != len(several) or len(found) > 20:
        raise wrong_value("emails")
    first = next((one for one in found if one.get("primary") in {True, "true", "True"}), found[0] if found else {})
    return _text(first.get("value"), "emails", 254)


def _checked(user: ScimUser) -> ScimUser:
    if not user.user_name:
        raise wrong_value("userName")
    _ = user.address
    return user


def group_in(body: Mapping[str, Any]) -> ScimGroup:
    """What is posted or put of a group."""
    given = {str(name).lower(): value for name, value in body.items()}
    name = _text(given.get("displayname"), "displayName", LONGEST_ID)
    if not name:
        raise wrong_value("displayName")
    return ScimGroup(
        name, _text(given.get("externalid"), "externalId", LONGEST_ID), _members(given.get("members") or [])
    )


def patched_group(group: ScimGroup, body: Mapping[str, Any]) -> ScimGroup:
    """A group as operations change it, in the forms that Entra ID and Okta send."""
    for op, path, value in _operations(body):
        if path:
            group = _group_set(group, op, _CORE.sub("", path), value)
        elif isinstance(value, Mapping):
            for name, one in value.items():
                if str(name).lower() not in {"id", "schemas"}:
                    group = _group_set(group, op, str(name), one)
        else:
            raise wrong_value("Operations")
    if not group.display_name:
        raise wrong_value("displayName")
    return group


def _group_set(group: ScimGroup, op: str, path: str, value: Any) -> ScimGroup:
    named = _MEMBER.fullmatch(path)
    if named and op == "remove":
        return replace(group, members=group.members - _members([{"value": named[1]}]))
    if path.lower() == "members":
        given = _members(value or [])
        kept = {
            "add": group.members | given,
            "replace": given,
            "remove": group.members - given if value else frozenset(),
        }
        return _bounded(replace(group, members=frozenset(kept[op])))
    if path.lower() == "displayname" and op != "remove":
        return replace(group, display_name=_text(value, "displayName", LONGEST_ID))
    if path.lower() == "externalid":
        return replace(group, external_id="" if op == "remove" else _text(value, "externalId", LONGEST_ID))
    raise wrong_path(path)


def _bounded(group: ScimGroup) -> ScimGroup:
    if len(group.members) > MOST_MEMBERS:
        raise wrong_value("members")
    return group


def _members(value: Any) -> frozenset[UUID]:
    several = value if isinstance(value, list) else [value]
    if len(several) > MOST_MEMBERS:
        raise wrong_value("members")
    try:
        return frozenset(UUID(str(one["value"])) for one in several)
    except (TypeError, KeyError, ValueError) as error:
        raise wrong_value("members") from error


def _operations(body: Mapping[str, Any]) -> Sequence[tuple[str, str, Any]]:
    schemas, given = body.get("schemas"), body.get("Operations")
    if not isinstance(schemas, list) or PATCH not in schemas:
        raise Unusable("scim_syntax", "A change names the schema {schema}.", schema=PATCH)
    if not isinstance(given, list) or not 0 < len(given) <= MOST_OPERATIONS:
        raise Unusable("scim_syntax", "Send 1 to {most} operations.", most=MOST_OPERATIONS)
    found = []
    for one in given:
        op = str(one.get("op", "")).lower() if isinstance(one, Mapping) else ""
        path = one.get("path") if isinstance(one, Mapping) else ""
        if op not in {"add", "replace", "remove"} or not isinstance(path, str | None):
            raise Unusable("scim_syntax", "An operation is add, replace or remove.")
        if op == "remove" and not path:
            raise Unusable("scim_target", "Name the path of what is removed.")
        found.append((op, path or "", one.get("value")))
    return found
