"""The rules of structure of Open Badges 2.0 and 1.x (assertion, badge class, profile, endorsement), and their dates."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from linkspan.vc.instants import moment
from linkspan.vc.jose import instant_of
from linkspan.vc.model import as_list

TEXTS: Mapping[str, tuple[str, ...]] = {
    "Assertion": ("id",),
    "Endorsement": ("id",),
    "BadgeClass": ("name", "description"),
    "Profile": ("name", "url"),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Assertion": ("recipient", "badge", "verification", "issuedOn"),
    "Endorsement": ("claim", "issuer", "verification", "issuedOn"),
    "BadgeClass": ("image", "criteria", "issuer"),
    "Profile": (),
}
TYPES: Mapping[str, frozenset[str]] = {
    "Assertion": frozenset({"Assertion"}),
    "Endorsement": frozenset({"Endorsement"}),
    "BadgeClass": frozenset({"BadgeClass"}),
    "Profile": frozenset({"Profile", "Issuer"}),
}
#: What 1.x calls otherwise.
BEFORE = {"id": "uid", "verification": "verify"}
WORDS = {
    "Assertion": "badge",
    "Endorsement": "endorsement",
    "BadgeClass": "kind of badge",
    "Profile": "issuer's profile",
}


def verification_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """How it is to be confirmed; `verify` is the name of 1.x, and an alias in 2.0."""
    found = (document.get(name) for name in ("verification", "verify"))
    return next((entry for entry in found if isinstance(entry, Mapping)), {})


def faults_of(document: Mapping[str, Any], kind: str, *, first: bool) -> Iterator[str]:
    """What a document of a kind lacks, in words; `first` for one of Open Badges 1.x, which names no types."""
    what = WORDS[kind]
    if not first and not TYPES[kind].intersection(name for name in as_list(document.get("type")) if _is_text(name)):
        yield f"the {what} does not say that it is of type {' or '.join(sorted(TYPES[kind]))}"
    for name in TEXTS[kind]:
        if not _is_text(_member(document, name, first=first)):
            yield f"the {what} has no {name}"
    for name in NEEDED[kind]:
        if _member(document, name, first=first) in (None, "", [], {}):
            yield f"the {what} has no {name}"
    if kind == "Assertion":
        yield from _recipient_faults(document.get("recipient"))
    if kind in ("Assertion", "Endorsement"):
        for name in ("issuedOn", "expires"):
            if document.get(name) is not None and date_of(document[name]) is None:
                yield f"{name} is no date"


def _member(document: Mapping[str, Any], name: str, *, first: bool) -> Any:
    before = BEFORE.get(name, name) if first or name == "verification" else name
    return document.get(name, document.get(before))


def _recipient_faults(recipient: Any) -> Iterator[str]:
    if recipient is not None and not (
        isinstance(recipient, Mapping)
        and _is_text(recipient.get("identity"))
        and _is_text(recipient.get("type"))
        and isinstance(recipient.get("hashed", False), bool)
    ):
        yield "the recipient has no type or identity, or hashed is not true or false"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def date_of(value: Any) -> datetime | None:
    """A date or instant of ISO 8601, without a zone in UTC, or seconds since 1970 as 1.x allows; None if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) > 8:
        value = int(value) if len(value) < 13 else None
    if not isinstance(value, str):
        return instant_of(value)
    found = moment(value)
    if found is None and len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
