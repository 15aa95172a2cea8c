"""Is the key that signed one of the issuer named, and is that issuer one that is relied on?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from linkspan.vc.errors import UNREACHABLE, VcError
from linkspan.vc.instants import moment
from linkspan.vc.keys import multibase_of
from linkspan.vc.said import Said
from linkspan.vc.verify.certified import by_chain, vouching
from linkspan.vc.verify.keyring import FRAGMENT, Found, Pinned, find_certified, pinned_keys
from linkspan.vc.verify.seals import Seal, found_key
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.verdict import FAILED, PASSED, UNKNOWN, Check, worst


def issuer(did: str, seals: Sequence[Seal], trust: Trust, at: datetime, logged: datetime | None = None) -> Check:
    """The issuer's check, for every signature; `logged` is when a trusted log held the credential, if it did."""
    if not did:
        return _failed("issuer_missing", "The credential names no issuer.")
    if not seals:
        return _unknown("proof_missing", "Without a signature nobody can be said to have issued it.")
    return worst([_one(did, seal, trust, at, logged) for seal in seals])


def _one(did: str, seal: Seal, trust: Trust, at: datetime, logged: datetime | None) -> Check:
    """By the chain of certificates that it brings, if one counts here; else by whoever lists the key, and then by what
    the chain lacks: that a site lists other keys accuses nobody who shows a certificate.

    Whose keys the registry pins itself, or who is named by a key, is nobody else's to certify: no authority stands
    above what is known here.
    """
    own = [row for row in trust.rows(did) if "outside" not in row]
    if seal.chain is None or did.startswith("did:key:") or any(row.get("keys") for row in own):
        return _listed(did, seal, trust, at, logged)
    certified = by_chain(did, seal, seal.chain, trust, at)
    if certified.outcome == PASSED:
        return worst([certified, *_times(_terms(own, ()), seal, logged)]) if own else certified
    listed = _listed(did, seal, trust, at, logged)
    if listed.outcome == PASSED:
        return listed
    is_web = not did.startswith("did:") and listed.code not in _OF_LISTS
    return certified if listed.outcome == UNKNOWN or is_web else worst([listed, certified])


def _listed(did: str, seal: Seal, trust: Trust, at: datetime, logged: datetime | None) -> Check:
    rows = trust.rows(did)
    sources = {str(row["outside"]["source"]): row for row in rows if "outside" in row}
    if not sources:
        return _by(rows, did, seal, trust, at, logged)
    told = [_by([row], did, seal, trust, at, logged) for row in sources.values()]
    passed = [_relied_on(row) for row, check in zip(sources.values(), told, strict=True) if check.outcome == PASSED]
    return passed[0] if passed else _softened(told[0])


def relied_on_by(did: str, seals: Sequence[Seal], trust: Trust, at: datetime) -> list[Mapping[str, Any]]:
    """By whom and by which registry an outside issuer is relied on, of those whose rows its signatures meet."""
    rows = [row for row in trust.rows(did) if "outside" in row]
    roots = [row for seal in seals if seal.chain for row in vouching(did, seal, seal.chain, trust, at)]
    certified = [row["outside"] for row in roots if "outside" in row]
    return [{name: told[name] for name in ("by", "since", "registry")} for told in certified] + [
        {name: row["outside"][name] for name in ("by", "since", "registry")}
        for row in rows
        if all(_by([row], did, seal, trust, at, None).outcome == PASSED for seal in seals)
    ]


def _relied_on(row: Mapping[str, Any]) -> Check:
    told = row["outside"]
    listed = f", listed by {told['registry']}" if told["registry"] else ""
    words = f"Signed by {row.get('name')}{listed}. {told['by']} relies on it since {told['since']}."
    return Check("issuer", PASSED, "issuer_trusted", words)


#: What only says that an outside list does not vouch for the key; it accuses nobody.
_OF_LISTS = ("key_not_registered", "key_not_in_force", "key_compromised")


def _softened(check: Check) -> Check:
    if check.outcome != FAILED or check.code not in _OF_LISTS:
        return check
    return _unknown(
        check.code, Said("{message} A list of others says so, so its issuer has to be asked.", message=check.message)
    )


def _by(
    rows: Sequence[Mapping[str, Any]], did: str, seal: Seal, trust: Trust, at: datetime, logged: datetime | None
) -> Check:
    try:
        pinned = [entry for row in rows for entry in pinned_keys(row)]
        if not seal.method:
            return _unknown("method_missing", "One of the signatures does not say whose it is.")
        chain = seal.chain
        found = find_certified(did, seal.purpose, trust, at, chain) if chain else found_key(seal, trust, at)
    except VcError as error:
        return Check("issuer", UNKNOWN, error.code, error.message)
    held = [entry for entry in pinned if entry.multibase == multibase_of(found.key)]
    if not held and seal.method.partition("#")[0] != did:
        return _foreign(did)
    if found.fault and not held and found.fault.code in ("key_not_listed", "key_ended", "controller_wrong"):
        return _failed(found.fault.code, found.fault.message)
    if not rows:
        return _unknown("issuer_not_registered", Said("{did} is not in the registry that was asked.", did=did))
    if pinned and not held:
        return _failed("key_not_registered", "The registry lists other keys of this issuer, not the one that signed.")
    if not held and found.source == FRAGMENT:
        return _unbound(did, found)
    return worst(_times(_terms(rows, held), seal, logged))


def _times(
    terms: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], seal: Seal, logged: datetime | None
) -> list[Check]:
    """Whether the key counts at the time at which it signed, by one of the rows that list it and by none as stolen."""
    periods = [_in_force(row, entry, seal) for row, entry in terms]
    best = next((check for check in periods if check.outcome == PASSED), periods[0])
    return [best, *_compromise(terms, seal, logged)]


def _terms(rows: Sequence[Mapping[str, Any]], held: Sequence[Pinned]) -> list[tuple[Mapping[str, Any], Any]]:
    """The row and key entry whose periods count: those that list the key, else the row alone."""
    return [(entry.row, entry.entry) for entry in held] or [(row, {}) for row in rows]


def _moments(terms: Sequence[Mapping[str, Any]], name: str) -> list[datetime]:
    return [found for term in terms if (found := moment(term.get(name)))]


def _foreign(did: str) -> Check:
    if did.startswith(("did:", "https:", "http:")):
        return _failed("key_of_another", "The key that signed is not one of the issuer named.")
    return _unknown(
        "issuer_without_keys", Said("Nothing says which keys belong to {did}, so anybody could name it.", did=did)
    )


def _unbound(did: str, found: Found) -> Check:
    reason = found.fault
    if reason is not None and reason.code in UNREACHABLE:
        return _unknown(
            reason.code,
            Said("Whether the key belongs to the issuer could not be asked. {message}", message=reason.message),
        )
    return _unknown("key_not_bound", Said("Nothing at hand says that the key that signed belongs to {did}.", did=did))


def _in_force(row: Mapping[str, Any], entry: Mapping[str, Any], seal: Seal) -> Check:
    """Whether the key signed in its time: from `valid_from` on (to the second) and before `valid_to`."""
    begins, ends = _moments((row, entry), "valid_from"), _moments((row, entry), "valid_to")
    created = seal.created
    if created is None and (begins or ends):
        return _unknown("signing_time_unknown", "It does not say when it was signed, and the key had its time.")
    if created and (any(created < b.replace(microsecond=0) for b in begins) or any(created >= e for e in ends)):
        return _failed("key_not_in_force", "The key was not in force when it signed.")
    return Check("issuer", PASSED, "issuer_registered", Said("Signed by {name}.", name=row.get("name")))


def _compromise(terms: Sequence[tuple[Mapping[str, Any], Any]], seal: Seal, logged: datetime | None) -> list[Check]:
    """A stolen key: what it signs later is void; for what is dated earlier a trusted log must have held it in time."""
    stolen = _moments([holder for term in terms for holder in term], "compromised_at")
    if not stolen or (logged is not None and logged < min(stolen)):
        return []
    if seal.created and seal.created >= min(stolen):
        return [
            _failed(
                "key_compromised", Said("The key was in wrong hands from {stolen} on.", stolen=min(stolen).isoformat())
            )
        ]
    dated_back = (
        "The key later fell into wrong hands, which could have dated this back; no trusted log shows it in time."
    )
    return [_unknown("compromise_unproven", dated_back)]


def _failed(code: str, message: str) -> Check:
    return Check("issuer", FAILED, code, message)


def _unknown(code: str, message: str) -> Check:
    return Check("issuer", UNKNOWN, code, message)
