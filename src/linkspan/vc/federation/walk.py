"""From an entity up to the anchor, one question at a time: who is above, and what they say of the one below.

Bounded in depth, in questions and, by the policy of the network, in time and size. Nothing that is said counts before
the whole chain was judged.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from linkspan.vc.errors import VcError
from linkspan.vc.federation.chains import Chained, check_chain
from linkspan.vc.federation.statements import TYPE, Statement, check_signature, is_entity, read_statement
from linkspan.vc.keys import PublicKey
from linkspan.vc.net import NetworkPolicy, fetch

WELL_KNOWN = ".well-known/openid-federation"
DEEPEST, MOST_QUESTIONS, MOST_LISTED, MOST_SILENCES = 6, 40, 5_000, 3


@dataclass(slots=True)
class Superiors:
    """Asks entities, each question once, at most so many, and nobody any more after some silences; `at` is the time at
    which what they say must be in force."""

    policy: NetworkPolicy
    at: datetime
    most: int = MOST_QUESTIONS
    answers: dict[str, Statement | VcError] = field(default_factory=dict)
    silences: int = 0
    most_silent: int = MOST_SILENCES

    def statement(self, url: str) -> Statement:
        """The statement at an address; VcError of the network or of statements, and `chain_too_long`."""
        if url not in self.answers:
            if len(self.answers) >= self.most:
                raise VcError("chain_too_long", "Its federation asks for more questions than are asked here.")
            if self.silences >= self.most_silent:
                raise VcError("unreachable", "Too many of its federation did not answer.")
            try:
                body = fetch(url, self.policy, accept=f"application/{TYPE}")
                self.answers[url] = read_statement(body.decode("latin-1"), self.at)
            except VcError as error:
                self.silences += error.code in ("too_slow", "unreachable")
                self.answers[url] = error
        found = self.answers[url]
        if isinstance(found, VcError):
            raise found
        return found


def own_statement(entity: str, asked: Superiors) -> Statement:
    """What an entity says of itself, signed by itself; VcError `statement_foreign` if it is another's."""
    found = asked.statement(f"{entity.rstrip('/')}/{WELL_KNOWN}")
    if found.subject != entity or not found.is_own:
        raise VcError("statement_foreign", "What stands at the address of an entity is not its own statement.")
    check_signature(found, found.keys)
    return found


def _said_by(superior: Statement, subject: str, asked: Superiors) -> Statement:
    """What a superior says of an entity (section 8.1)."""
    endpoint = superior.endpoint("federation_fetch_endpoint")
    if not endpoint:
        raise VcError("chain_broken", "Its federation does not lead to the authority that is relied on.")
    mark = "&" if "?" in endpoint else "?"
    found = asked.statement(f"{endpoint}{mark}{urlencode({'sub': subject})}")
    if found.issuer != superior.subject or found.subject != subject:
        raise VcError("statement_foreign", "What a superior answers speaks of somebody else.")
    return found


def chain_to(subject: str, anchor: str, keys: Collection[PublicKey], asked: Superiors, *, through: str = "") -> Chained:
    """The first chain that holds from an entity to the anchor; VcError with the reason of the last that does not.

    A DID has no statement of its own: `through` is then the superior to ask, the anchor if nothing else is said.
    """
    if subject == anchor:
        raise VcError("chain_broken", "Its federation does not lead to the authority that is relied on.")
    begin: tuple[Statement, ...] = ()
    hints: tuple[str, ...] = (through or anchor,)
    if not subject.startswith("did:"):
        own = own_statement(subject, asked)
        begin, hints = (own,), own.superiors
    return _upwards(begin, subject, hints, anchor, keys, asked)


def _upwards(
    chain: tuple[Statement, ...],
    subject: str,
    hints: tuple[str, ...],
    anchor: str,
    keys: Collection[PublicKey],
    asked: Superiors,
) -> Chained:
    reason = VcError("chain_broken", "Its federation does not lead to the authority that is relied on.")
    passed = {statement.issuer for statement in chain} | {subject}
    for above in sorted(hints, key=lambda hint: hint != anchor):
        if above in passed or len(chain) > DEEPEST:
            continue
        try:
            superior = own_statement(above, asked)
            longer = (*chain, _said_by(superior, subject, asked))
            if above == anchor:
                return check_chain(longer, anchor, keys)
            return _upwards(longer, above, superior.superiors, anchor, keys, asked)
        except VcError as error:
            reason = error
    raise reason


def subordinates(superior: Statement, policy: NetworkPolicy) -> tuple[str, ...]:
    """The entities right below one that it lists (section 8.2); none if it lists none. VcError `list_broken`."""
    endpoint = superior.endpoint("federation_list_endpoint")
    if not endpoint:
        return ()
    body = fetch(endpoint, policy, accept="application/json")
    try:
        listed: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise VcError("list_broken", "The list of a federation cannot be read.") from error
    if not isinstance(listed, list) or len(listed) > MOST_LISTED:
        raise VcError("list_broken", "The list of a federation cannot be read.")
    return tuple(dict.fromkeys(one for one in listed if is_entity(one)))
