"""Is it made up as its kind asks? The rules of structure of every kind of credential, whatever carries it."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs

from linkspan.vc import base64url, contexts
from linkspan.vc.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from linkspan.vc.errors import CANNOT_TELL, VcError
from linkspan.vc.keys import base58_decode
from linkspan.vc.model.tables import schema_of
from linkspan.vc.said import Said

OPEN_BADGES = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.[0-9]+\.[0-9]+)?\.json")
CLR = re.compile(r"https://purl\.imsglobal\.org/spec/clr/v2p0/context(-2\.[0-9]+\.[0-9]+)?\.json")
BADGES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+|[^\s:]+")
#: Bytes of a digest by the name that Subresource Integrity has for it.
SRI = {"sha256": 32, "sha384": 48, "sha512": 64}
#: The same by how a multihash begins: the number of the function (SHA-256, SHA-384, SHA-512), and of its bytes.
MULTIHASHES = {b"\x12\x20": 32, b"\x20\x30": 48, b"\x13\x40": 64}
#: SHA-256 of contexts as they are published (VC Data Model 2.0, appendix B.1), whose layout ours do not keep.
PUBLISHED = {CREDENTIALS_V2: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"}


class Fault(NamedTuple):
    """What is known to be wrong: a `code`, and the words for it."""

    code: str
    message: str

    @property
    def open(self) -> bool:
        """Whether it is not known here, rather than known to be wrong."""
        return self.code in CANNOT_TELL


class Kind(NamedTuple):
    """A kind of credential: its name in words, the classes whose rules it follows, and the context that it needs."""

    name: str
    classes: tuple[str, ...]
    context: re.Pattern[str] | None = None


def kind_of(credential: Mapping[str, Any]) -> Kind:
    """The kind of a credential, by its context and types."""
    old = next(iter(as_list(credential.get("@context"))), None) == CREDENTIALS_V1
    version = "11" if old else ""
    base = f"Credential{version}"
    types = {name for name in as_list(credential.get("type")) if isinstance(name, str)}
    if BADGES & types:
        return Kind("Open Badge 3.0", (base, f"OpenBadge{version}"), OPEN_BADGES)
    if "EndorsementCredential" in types:
        return Kind("endorsement", (base, f"Endorsement{version}"), OPEN_BADGES)
    if "ClrCredential" in types:
        return Kind("Comprehensive Learner Record 2.0", (base, f"Clr{version}"), CLR)
    return Kind(f"verifiable credential {'1.1' if old else '2.0'}", (base,))


def fault_of(credential: Mapping[str, Any], *, whole: bool = True) -> Fault | None:
    """What in a credential breaks the rules of its kind; None if nothing does.

    Unless it is `whole`, its holder may have hidden members of it.
    """
    kind = kind_of(credential)
    found = min(_faults(credential, kind, whole), key=lambda fault: fault.open, default=None)
    return (
        None
        if found is None
        else Fault(found.code, Said("It is no proper {name}. {message}", name=kind.name, message=found.message))
    )


def fault_of_presentation(presentation: Mapping[str, Any]) -> Fault | None:
    """What in a presentation breaks the rules for those; None if nothing does."""
    kind = Kind("presentation", ("Presentation",))
    found = _context_fault(presentation, kind) or _shape_fault(presentation, kind, whole=True) or _bare(presentation)
    return (
        None
        if found is None
        else Fault(found.code, Said("It is no proper {name}. {message}", name=kind.name, message=found.message))
    )


def _bare(presentation: Mapping[str, Any]) -> Fault | None:
    """A token that stands bare in a presentation: 2.0 has it in an envelope (section 4.13), 1.1 has not."""
    held = as_list(presentation.get("verifiableCredential"))
    if as_list(presentation.get("@context"))[0] == CREDENTIALS_V2 and any(isinstance(one, str) for one in held):
        return Fault("token_bare", "It holds a token as a text, without the envelope of one.")
    return None


def _faults(credential: Mapping[str, Any], kind: Kind, whole: bool) -> Iterator[Fault]:
    types = as_list(credential.get("type"))
    if "VerifiableCredential" not in types:
        yield Fault("not_a_credential", "The document does not call itself a credential.")
    if any(not isinstance(name, str) or not TYPE_NAME.fullmatch(name) for name in types):
        yield Fault("type_broken", "One of its types is neither a word nor an address.")
    context = _context_fault(credential, kind)
    judged = kind._replace(classes=kind.classes[:1]) if context and context.open else kind
    for found in (context, _shape_fault(credential, judged, whole=whole)):
        if found:
            yield found
    yield from _resource_faults(credential)
    if "OpenBadge" in judged.classes or "OpenBadge11" in judged.classes:
        for subject in as_list(credential.get("credentialSubject")):
            yield from _result_faults(subject)


def _context_fault(document: Mapping[str, Any], kind: Kind) -> Fault | None:
    named = as_list(document.get("@context"))
    if not named or named[0] not in (CREDENTIALS_V1, CREDENTIALS_V2):
        return Fault(
            "context_order",
            Said("Its first context is not the data model's, {credentials_v2}.", credentials_v2=CREDENTIALS_V2),
        )
    if kind.context and not any(isinstance(entry, str) and kind.context.fullmatch(entry) for entry in named):
        if any(isinstance(entry, str) and not contexts.known(entry) for entry in named):
            return Fault("context_unknown", "It uses words defined elsewhere, under a context that is not at hand.")
        return Fault("context_missing", Said("It does not name the context for {name}.", name=kind.name))
    return None


@cache
def _validator(classes: tuple[str, ...], whole: bool) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema_of(classes, whole=whole))


def _shape_fault(document: Mapping[str, Any], kind: Kind, *, whole: bool) -> Fault | None:
    validator = _validator(kind.classes, whole)
    if validator.is_valid(document):
        return None
    error = next(iter(validator.iter_errors(document)))
    place = ".".join(str(step) for step in error.instance_path) or "the top"
    return Fault("model_broken", Said("At {place}: {message}", place=place[:200], message=error.message[:300]))


def _result_faults(subject: Any) -> Iterator[Fault]:
    """Results are those that the badge describes, and within what it allows (Open Badges 3.0, B.1.20, B.1.21)."""
    if not isinstance(subject, Mapping):
        return
    described = {
        entry.get("id"): entry
        for achievement in as_list(subject.get("achievement"))
        if isinstance(achievement, Mapping)
        for entry in as_list(achievement.get("resultDescription"))
        if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
    }
    for result in as_list(subject.get("result")):
        named = result.get("resultDescription") if isinstance(result, Mapping) else None
        if not isinstance(named, str):
            continue  # none, or one whose shape is at fault already
        if named not in described:
            yield Fault(
                "result_foreign",
                Said("A result names {named}, which the badge does not describe.", named=str(named)[:200]),
            )
        else:
            yield from _value_faults(result, described[named], described.values())


def _value_faults(
    result: Mapping[str, Any], described: Mapping[str, Any], others: Iterable[Mapping[str, Any]]
) -> Iterator[Fault]:
    said, level = result.get("value"), result.get("achievedLevel")
    allowed = as_list(described.get("allowedValue"))
    if said is not None and allowed and said not in allowed:
        yield Fault(
            "result_not_allowed",
            Said("The result {said} is none of the values that are allowed.", said=str(said)[:100]),
        )
    lowest, highest = _number(described.get("valueMin")), _number(described.get("valueMax"))
    value = None if lowest is highest is None else _number(said)
    if value is not None and ((lowest is not None and value < lowest) or (highest is not None and value > highest)):
        yield Fault(
            "result_not_allowed", Said("The result {said} is out of the range that is allowed.", said=str(said)[:100])
        )
    if level is None:
        return
    listed = [entry for other in others for entry in as_list(other.get("rubricCriterionLevel"))]
    if level not in [entry.get("id") for entry in listed if isinstance(entry, Mapping)]:
        yield Fault(
            "result_foreign",
            Said("A result names the level {level}, which the badge does not describe.", level=str(level)[:200]),
        )


def _number(text: Any) -> Decimal | None:
    try:
        found = Decimal(text) if isinstance(text, str) and len(text) < 100 else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _resource_faults(credential: Mapping[str, Any]) -> Iterator[Fault]:
    """`relatedResource` (VC Data Model 2.0, section 5.3): each once, with a digest that is one and, if known, right."""
    seen = set()
    for entry in as_list(credential.get("relatedResource")):
        if not isinstance(entry, Mapping):
            continue
        address = str(entry.get("id"))
        if address in seen:
            yield Fault("resource_twice", Said("It names the resource {address} twice.", address=address[:200]))
        seen.add(address)
        if not {"digestSRI", "digestMultibase"} & entry.keys():
            yield Fault(
                "resource_without_digest", Said("It names no digest of the resource {address}.", address=address[:200])
            )
        if "digestSRI" in entry:
            yield from _digest_faults(address, str(entry["digestSRI"]))
        if "digestMultibase" in entry:
            yield from _multibase_faults(address, str(entry["digestMultibase"]))


def _digest_faults(address: str, text: str) -> Iterator[Fault]:
    for one in text.split():
        name, _, encoded = one.partition("-")
        try:
            raw = base64.b64decode(encoded.partition("?")[0], validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != SRI.get(name, -1):
            yield Fault(
                "resource_digest_broken", Said("The digest of the resource {address} is none.", address=address[:200])
            )
        elif name == "sha256" and address in PUBLISHED and raw.hex() != PUBLISHED[address]:
            yield _differs(address)


def _multibase_faults(address: str, text: str) -> Iterator[Fault]:
    """A digest as a multihash in multibase (base58 or base64url); one of a function not known here says nothing."""
    try:
        raw = base58_decode(text[1:]) if text.startswith("z") else base64url.decode(text[1:])
    except (VcError, ValueError):
        raw = b""
    known = MULTIHASHES.get(raw[:2])
    if text[:1] not in ("z", "u") or len(raw) < 4 or (known is not None and len(raw) != 2 + known):
        yield Fault(
            "resource_digest_broken", Said("The digest of the resource {address} is none.", address=address[:200])
        )
    elif known == SRI["sha256"] and address in PUBLISHED and raw[2:].hex() != PUBLISHED[address]:
        yield _differs(address)


def _differs(address: str) -> Fault:
    told = Said("The digest of the resource {address} is not the one of what is used.", address=address[:200])
    return Fault("resource_differs", told)


def as_list(value: Any) -> list[Any]:
    """A member's values, however many there are."""
    return value if isinstance(value, list) else [] if value is None else [value]
