"""A trust chain (OpenID Federation 1.0, sections 4 and 10.2), judged whole by keys of the anchor that are held here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.federation.policy import Policy, applied, merged, read_policy
from linkspan.vc.federation.statements import Statement, check_signature, metadata_of
from linkspan.vc.keys import PublicKey, multibase_of

#: Every entity may have it, whatever its superiors allow (section 6.2.3).
ALWAYS_ALLOWED = "federation_entity"


@dataclass(frozen=True, slots=True)
class Chained:
    """An entity that a chain leads to an anchor: what it is, by its metadata under all policies; until when; its keys;
    through whom, the anchor last."""

    subject: str
    anchor: str
    metadata: Mapping[str, Any]
    until: datetime
    keys: tuple[tuple[str, str], ...]
    path: tuple[str, ...]


def check_chain(statements: Sequence[Statement], anchor: str, keys: Collection[PublicKey]) -> Chained:
    """What a chain proves: the subject's own statement first (none if it is a DID), then that of each superior about
    the one below it, and the anchor's about the last of them.

    `keys` are the anchor's, as they are held here. VcError: `chain_broken`, `statement_forged`, those of policies, and
    `constraint_violated`.
    """
    first = statements[0] if statements else None
    if first is None or statements[-1].issuer != anchor or (first.is_own and len(statements) < 2):
        raise VcError("chain_broken", "Its federation does not lead to the authority that is relied on.")
    for below, above in pairwise(statements):
        if below.issuer != above.subject or above.is_own:
            raise VcError("chain_broken", "Its federation does not lead to the authority that is relied on.")
        check_signature(below, above.keys)
    if first.is_own:
        check_signature(first, first.keys)
    by_anchor = statements[-1]
    held = {multibase_of(key): key for key in keys}
    check_signature(by_anchor, _named(by_anchor, held))
    superiors = statements[1:] if first.is_own else statements
    return Chained(
        first.subject,
        anchor,
        _metadata(first, superiors),
        min(one.until for one in statements),
        superiors[0].methods,
        tuple(one.issuer for one in superiors),
    )


def _named(statement: Statement, held: Mapping[str, PublicKey]) -> Mapping[str, PublicKey]:
    """The anchor's keys under whatever name its statement gives: what counts is which of them it is."""
    kid = str(jose.read(statement.token)[0].get("kid"))
    for key in held.values():
        try:
            check_signature(statement, {kid: key})
        except VcError:
            continue
        return {kid: key}
    return {}


def _metadata(first: Statement, superiors: Sequence[Statement]) -> Mapping[str, Any]:
    """The subject's metadata: what its direct superior says comes before its own word, then all policies."""
    own = metadata_of(first.claims) if first.is_own else {}
    said = metadata_of(superiors[0].claims)
    found = {kind: {**own.get(kind, {}), **said.get(kind, {})} for kind in {**own, **said}}
    policy: Policy = {}
    for statement in reversed(superiors):
        claims = statement.claims
        policy = merged(policy, read_policy(claims.get("metadata_policy", {}), claims.get("metadata_policy_crit", [])))
    for depth, statement in enumerate(superiors):
        found = _constrained(statement, depth, first, superiors[:depth], found)
    return applied(policy, found)


def _constrained(
    statement: Statement, depth: int, first: Statement, below: Sequence[Statement], metadata: dict[str, Any]
) -> dict[str, Any]:
    """The metadata that a superior's constraints leave (section 6.2); `depth` is how many stand between it and the
    subject. VcError `constraint_violated`."""
    told = statement.claims.get("constraints", {})
    if not isinstance(told, Mapping):
        raise _violated()
    most = told.get("max_path_length")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or depth > most):
        raise _violated()
    names = told.get("naming_constraints", {})
    if not isinstance(names, Mapping):
        raise _violated()
    for entity in (first.subject, *(one.issuer for one in below)):
        _check_name(entity, names)
    allowed = told.get("allowed_entity_types")
    if allowed is None:
        return metadata
    if not isinstance(allowed, list):
        raise _violated()
    return {kind: held for kind, held in metadata.items() if kind in allowed or kind == ALWAYS_ALLOWED}


def _violated() -> VcError:
    return VcError("constraint_violated", "Its federation does not vouch for an entity of that place or name.")


def _check_name(entity: str, names: Mapping[str, Any]) -> None:
    permitted, excluded = names.get("permitted"), names.get("excluded", [])
    lists = [held for held in (permitted, excluded) if held is not None]
    if not all(isinstance(held, list) and all(isinstance(one, str) for one in held) for held in lists):
        raise _violated()
    host = host_of(entity)
    if any(_matches(host, one) for one in excluded):
        raise _violated()
    if permitted is not None and not any(_matches(host, one) for one in permitted):
        raise _violated()


def host_of(entity: str) -> str:
    """The host that an entity's name has; nothing for one that is no name of a host."""
    if entity.startswith("did:web:"):
        return entity.removeprefix("did:web:").partition(":")[0].partition("%")[0].lower()
    return (urlsplit(entity).hostname or "").lower()


def _matches(host: str, rule: str) -> bool:
    """A name, or, with a dot before it, every name below it (RFC 5280, section 4.2.1.10, for addresses)."""
    rule = rule.lower()
    return host.endswith(rule) and host != rule.removeprefix(".") if rule.startswith(".") else host == rule
