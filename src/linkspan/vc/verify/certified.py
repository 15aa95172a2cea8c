"""Whom a chain of certificates in a token's header names, and whether a root that is relied on here vouches for it.

What it takes: the chain led to such a root when the token was signed, and its first certificate names the issuer
(SD-JWT VC, "X.509 Certificates"). Whether a certificate was revoked since is not asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from linkspan.vc.certificates import Chain, in_force, in_order, leads_to, read_root, root_name
from linkspan.vc.errors import VcError
from linkspan.vc.said import Said
from linkspan.vc.verify.seals import Seal
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.verdict import FAILED, PASSED, UNKNOWN, Check

type Roots = Sequence[tuple[Mapping[str, Any], Any]]


def vouching(did: str, seal: Seal, chain: Chain, trust: Trust, at: datetime) -> tuple[Mapping[str, Any], ...]:
    """The roots that vouch for the issuer's key, the oldest decision first; none if it is not the issuer's."""
    if not chain.is_of(did or chain.subject):
        return ()
    return tuple(row for row, root in _roots(trust) if leads_to(chain, root, seal.created or at))


def _roots(trust: Trust) -> Roots:
    """The rows with their certificates; one that cannot be read is left out: it vouches for nobody."""
    found = []
    for row in trust.root_rows():
        try:
            found.append((row, read_root(str(row.get("certificate")))))
        except VcError:
            continue
    return found


def by_chain(did: str, seal: Seal, chain: Chain, trust: Trust, at: datetime) -> Check:
    """The issuer's check by the chain alone."""
    found = vouching(did, seal, chain, trust, at)
    if found:
        return _relied_on(chain, found[0])
    roots = _roots(trust)
    reached = [root for _, root in roots if leads_to(chain, root, seal.created or at)]
    if reached:
        words = Said(
            "The key is certified as that of {name}, and the credential names another issuer, {did}. Ask that issuer.",
            name=chain.name,
            did=did,
        )
        return Check("issuer", UNKNOWN, "certificate_of_another", words)
    return _not_reached(seal, chain, roots, at)


def _relied_on(chain: Chain, row: Mapping[str, Any]) -> Check:
    root = root_name(read_root(str(row["certificate"])))
    told = row.get("outside")
    if told is None:
        words = Said("Signed by {name}, as {root} certifies.", name=chain.name, root=root)
        return Check("issuer", PASSED, "issuer_certified", words)
    words = Said(
        "Signed by {name}, as {root} certifies. {by} relies on it since {since}.",
        name=chain.name,
        root=told["registry"] or root,
        by=told["by"],
        since=told["since"],
    )
    return Check("issuer", PASSED, "issuer_trusted", words)


def _not_reached(seal: Seal, chain: Chain, roots: Roots, at: datetime) -> Check:
    """Why no root vouches. Only what is known to be wrong fails: a certificate that was not in force when it signed."""
    begins, ends = in_force(chain)
    outside = not begins <= (seal.created or at) <= ends
    if outside and any(leads_to(chain, root, begins) for _, root in roots):
        if seal.created is None:
            told = Said("Its certificate is not in force now, and it does not say when it was signed.")
            return Check("issuer", UNKNOWN, "signing_time_unknown", told)
        told = Said("The certificate of the key was not in force when it signed.")
        return Check("issuer", FAILED, "certificate_not_in_force", told)
    if not in_order(chain):
        told = Said("Its certificates do not belong to each other, so that they vouch for nobody. Ask for whole ones.")
        return Check("issuer", UNKNOWN, "certificate_chain_broken", told)
    if _named(chain, roots):
        told = Said(
            "{root} is relied on here, but its certificates do not vouch for this key: it may be too weak, or not "
            "meant for this. Its issuer has to be asked.",
            root=chain.root_name,
        )
        return Check("issuer", UNKNOWN, "certificate_refused", told)
    told = Said(
        "A certificate says that the key belongs to {name}. It was given out by {root}, on which nobody relies here: "
        "whoever relies on that authority can judge it.",
        name=chain.name,
        root=chain.root_name,
    )
    return Check("issuer", UNKNOWN, "certificate_root_unknown", told)


def _named(chain: Chain, roots: Roots) -> bool:
    issuers = {one.issuer for one in chain.certificates}
    return any(root.subject in issuers for _, root in roots)
