"""Open Badges 2.0 and 1.x: confirmed by the site at which they stand, or by a key that their issuer's profile lists.

Of a hosted badge nothing counts but its address: what stands there is judged and shown. Of a signed one the token
counts, and its issuer's profile says whose key signed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.instants import moment
from linkspan.vc.keys import PublicKey, jwk_of
from linkspan.vc.model import as_list
from linkspan.vc.older import FIRST, OLDER_BADGE, Older, older_kind
from linkspan.vc.received import Received, receive_plain, types_of
from linkspan.vc.said import Said
from linkspan.vc.verify.holder import Occasion, is_identity
from linkspan.vc.verify.issuer import issuer as issuer_of_key
from linkspan.vc.verify.linked import Linked, by_https, same
from linkspan.vc.verify.older_issuer import in_scope, revoked_why, signing_key
from linkspan.vc.verify.older_model import date_of, faults_of, verification_of
from linkspan.vc.verify.seals import Seal, outcome_of
from linkspan.vc.verify.shown import text_of
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.validity import validity
from linkspan.vc.verify.verdict import (
    FAILED,
    NAMES,
    NOT_APPLICABLE,
    PASSED,
    UNKNOWN,
    Check,
    Note,
    Verdict,
    more_held,
    overall,
)

MOST_ENDORSEMENTS = 5
HOSTED = "Its issuer's site confirms it. It is confirmed by the site, not by a signature."
DIFFERS = Note(
    "copy_differs", "The file says something else than its issuer's site. What counts is what the site says."
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A badge that its issuer's site or key stands behind: what it says, where, and who says so.

    `key` signed it; without one the site at `address` confirms it. `badge` is the kind of badge, nothing for an
    endorsement.
    """

    document: Mapping[str, Any]
    address: str
    badge_id: str
    badge: Mapping[str, Any]
    profile_id: str
    profile: Mapping[str, Any]
    key: PublicKey | None

    @property
    def is_first(self) -> bool:
        """Whether it is of Open Badges 1.x."""
        return older_kind(self.document) is FIRST


def judged_badge(received: Received, older: Older, trust: Trust, at: datetime, occasion: Occasion) -> Verdict:
    """The verdict about an older badge, and those about its endorsements."""
    linked = Linked(trust)
    try:
        found = _confirmed(received, linked)
    except VcError as error:
        return _unconfirmed(received, older, error)
    verdict = _verdict(found, received, linked, trust, at, occasion)
    endorsements, more = _endorsements(found, linked, trust, at)
    return replace(verdict, endorsements=endorsements, notes=(*verdict.notes, *more))


def _confirmed(received: Received, linked: Linked) -> Confirmed:
    """The badge as it counts. VcError: `revoked`, `document_other`, and those of `linked` and of signatures."""
    document, address = received.credential, ""
    if received.token is None:
        document, address = _hosted(received, linked)
    owner: Mapping[str, Any] = document
    badge_id = ""
    badge: Mapping[str, Any] = {}
    if "Endorsement" not in types_of(document):
        badge_id, badge = linked.follow(document.get("badge"), "badge")
        owner = badge
    profile_id, profile = linked.follow(owner.get("issuer"), "issuer")
    key = signing_key(received.token, document, profile, profile_id, linked) if received.token else None
    return Confirmed(document, address, badge_id, badge, profile_id, profile, key)


def _hosted(given: Received, linked: Linked) -> tuple[Mapping[str, Any], str]:
    verification = verification_of(given.credential)
    address = verification.get("url") if given.older is FIRST else given.credential.get("id")
    if not isinstance(address, str) or "sign" in str(verification.get("type")).lower():
        raise VcError("document_missing", "The file does not say where its issuer's site keeps it.")
    try:
        document = linked.document(address)
    except VcError as error:
        if error.code == "gone":
            raise VcError("revoked", "Its issuer's site has taken it back.") from error
        raise VcError("document_other", error.message) if error.code == "document_differs" else error from error
    if document.get("revoked") in (True, "true"):
        why = text_of(document.get("revocationReason"))
        told = Said("Its issuer's site says that it is revoked. Its reason: {why}", why=why[:500]) if why else ""
        raise VcError("revoked", told or "Its issuer's site says that it is revoked.")
    kind = older_kind(document)
    if kind is None or kind.code != OLDER_BADGE:
        raise VcError(
            "document_unreadable",
            Said("What stands at {address} is no badge of Open Badges 2.0 or 1.x.", address=address),
        )
    return document, address


def _unconfirmed(received: Received, older: Older, error: VcError) -> Verdict:
    """Nothing of it counts: revoked, not its issuer's, or what would settle it could not be had."""
    revoked = error.code == "revoked"
    asked = "signature" if received.token else "site"
    told = Said(
        "This is a credential of an older kind ({name}); its {asked} could not be checked. {settles}",
        name=older.name,
        asked=asked,
        settles=older.settles,
    )
    outcome = UNKNOWN if revoked else outcome_of(error)
    checks = {
        name: Check(name, NOT_APPLICABLE, OLDER_BADGE, "Not looked at, as nothing confirms it.") for name in NAMES
    }
    checks["signature"] = Check("signature", outcome, error.code, error.message)
    if revoked:
        checks["status"] = Check("status", FAILED, "revoked", error.message)
    elif outcome == UNKNOWN:
        checks["data_model"] = Check("data_model", UNKNOWN, OLDER_BADGE, told)
    badge = received.credential.get("badge")
    shown = _shown(badge if isinstance(badge, Mapping) else {}, "")
    whole = tuple(checks.values())
    return Verdict(overall(whole), whole, {"id": "", "name": None, "url": None}, shown, (), (shown,))


def _shown(badge: Mapping[str, Any], badge_id: str) -> dict[str, Any]:
    return {"id": badge_id or text_of(badge.get("id")), "name": text_of(badge.get("name")), "results": []}


def _verdict(
    found: Confirmed, received: Received, linked: Linked, trust: Trust, at: datetime, occasion: Occasion
) -> Verdict:
    signed = found.key is not None
    checks = (
        Check("signature", PASSED, "signature_holds", "The content is what was signed.")
        if signed
        else Check("signature", PASSED, "hosted", HOSTED),
        Check("data_loss", PASSED, "signed_as_text", "The signature covers the text as it stands.")
        if signed
        else Check("data_loss", PASSED, "site_copy", "What is judged and shown is what the site says."),
        _issuer(found, trust, at),
        _validity(found, at),
        _status(found, linked),
        Check("schema", NOT_APPLICABLE, "no_schema", "It names no schema."),
        _holder(found.document.get("recipient"), occasion),
        _data_model(found),
    )
    known = _row(found, trust)
    shown = _shown(found.badge, found.badge_id)
    issuer = {"id": found.profile_id, "name": known.get("name"), "url": known.get("url")}
    told = received.credential
    differs = not signed and "badge" in told and any(found.document.get(name) != told[name] for name in told)
    return Verdict(overall(checks), checks, issuer, shown, (DIFFERS,) if differs else (), (shown,))


def _row(found: Confirmed, trust: Trust) -> Mapping[str, Any]:
    return trust.issuer(found.profile_id) or trust.issuer(by_https(found.profile_id)) or {}


def _issuer(found: Confirmed, trust: Trust, at: datetime) -> Check:
    named = found.profile_id if trust.rows(found.profile_id) else by_https(found.profile_id)
    if not by_https(named).startswith("https://"):
        return Check("issuer", UNKNOWN, "issuer_without_keys", "Its issuer has no address, so anybody could name it.")
    if found.key is not None:
        return _by_key(found, found.key, named, trust, at)
    if not in_scope(found.address, found.profile, found.profile_id):
        told = Said("It stands at an address that {profile} does not call its own.", profile=found.profile_id)
        return Check("issuer", FAILED, "outside_scope", told)
    rows = trust.rows(named)
    if not rows:
        return Check(
            "issuer",
            UNKNOWN,
            "site_not_registered",
            Said("{named} is not in the registry that was asked.", named=named),
        )
    if any(_relied_on(row, at) for row in rows):
        return Check(
            "issuer", PASSED, "issuer_registered", Said("Confirmed by the site of {name}.", name=rows[0].get("name"))
        )
    return Check("issuer", UNKNOWN, "issuer_not_in_force", "The registry does not rely on its issuer at that time.")


def _relied_on(row: Mapping[str, Any], at: datetime) -> bool:
    begins, *ends = (moment(row.get(name)) for name in ("valid_from", "valid_to", "compromised_at"))
    return not (begins and at < begins) and not any(end and end <= at for end in ends)


def _by_key(found: Confirmed, key: PublicKey, named: str, trust: Trust, at: datetime) -> Check:
    """As of any other signature: the profile is the document that lists its issuer's keys."""
    method = f"{named}#key"
    entry = {"id": method, "type": "JsonWebKey", "controller": named, "publicKeyJwk": jwk_of(key)}
    document = {"id": named, "verificationMethod": [entry], "assertionMethod": [method]}
    created = date_of(found.document.get("issuedOn"))
    seal = Seal(method, created, None, "assertionMethod", lambda _key: None, None, key)
    return issuer_of_key(named, [seal], replace(trust, controllers={**trust.controllers, named: document}), at)


def _validity(found: Confirmed, at: datetime) -> Check:
    limits = {
        "validFrom": date_of(found.document.get("issuedOn")),
        "validUntil": date_of(found.document.get("expires")),
    }
    return validity({name: limit.isoformat() for name, limit in limits.items() if limit}, at)


def _status(found: Confirmed, linked: Linked) -> Check:
    if found.key is None:
        return Check("status", PASSED, "not_revoked", "Its issuer's site does not call it revoked.")
    if not found.profile.get("revocationList"):
        return Check("status", NOT_APPLICABLE, "no_status", "Its issuer publishes no list of revoked badges.")
    names = frozenset(str(found.document[name]) for name in ("id", "uid") if found.document.get(name))
    try:
        why = revoked_why(found.profile, names, linked)
    except VcError as error:
        return Check("status", UNKNOWN, error.code, error.message)
    if why is None:
        return Check("status", PASSED, "not_revoked", "The issuer's list of revoked badges does not name it.")
    told = Said("The issuer has revoked it. Its reason: {why}", why=why) if why else "The issuer has revoked it."
    return Check("status", FAILED, "revoked", told)


def _holder(recipient: Any, occasion: Occasion) -> Check:
    if occasion.email is None:
        if occasion.challenge is None:
            return Check("holder", NOT_APPLICABLE, "no_presentation", "Nobody was asked to show that it is theirs.")
        told = "An older badge is issued to an address, not to a key; ask for the e-mail address."
        return Check("holder", UNKNOWN, "subject_without_key", told)
    if not isinstance(recipient, Mapping) or recipient.get("type") != "email":
        return Check("holder", UNKNOWN, "no_email_in_it", "It does not say to which e-mail address it was issued.")
    hashed = recipient.get("hashed") is True
    if is_identity(recipient.get("identity"), recipient.get("salt"), occasion.email, hashed=hashed):
        return Check("holder", PASSED, "email_matches", "It was issued to that e-mail address.")
    return Check("holder", FAILED, "email_differs", "It was issued to another e-mail address.")


def _data_model(found: Confirmed) -> Check:
    assertion = [(found.document, "Assertion"), (found.badge, "BadgeClass")]
    held = [*(assertion if found.badge else [(found.document, "Endorsement")]), (found.profile, "Profile")]
    faults = chain.from_iterable(faults_of(document, name, first=found.is_first) for document, name in held)
    missed = "; ".join(islice(faults, 3))
    if missed:
        return Check("data_model", FAILED, "model_broken", Said("It is no proper Open Badge: {missed}.", missed=missed))
    version = "1.x" if found.is_first else "2.0"
    return Check(
        "data_model",
        PASSED,
        "model_met",
        Said("It is made up as the rules for Open Badges {version} ask.", version=version),
    )


def _endorsements(
    found: Confirmed, linked: Linked, trust: Trust, at: datetime
) -> tuple[tuple[Verdict, ...], tuple[Note, ...]]:
    """The verdict about each endorsement of the badge, its kind and its issuer, and a note if there are more."""
    places = (
        (found.document, (found.address, text_of(found.document.get("id")))),
        (found.badge, (found.badge_id,)),
        (found.profile, (found.profile_id,)),
    )
    named = [(entry, ids) for place, ids in places for entry in as_list(place.get("endorsement"))]
    judged = tuple(_endorsement(entry, ids, linked, trust, at) for entry, ids in named[:MOST_ENDORSEMENTS])
    return judged, (more_held(MOST_ENDORSEMENTS),) if len(named) > MOST_ENDORSEMENTS else ()


def _endorsement(entry: Any, endorsed: Sequence[str | None], linked: Linked, trust: Trust, at: datetime) -> Verdict:
    older = Older(OLDER_BADGE, "an endorsement of Open Badges 2.0", "Ask whoever endorsed it.")
    received = Received(entry if isinstance(entry, Mapping) else {}, "data-integrity", older=older)
    try:
        if isinstance(entry, str):
            is_token = jose.COMPACT.fullmatch(entry) is not None
            received = receive_plain(entry) if is_token else replace(received, credential={"id": entry})
        found = _confirmed(received, linked)
    except VcError as error:
        return _unconfirmed(received, older, error)
    verdict = _verdict(found, received, linked, trust, at, Occasion())
    claim = found.document.get("claim")
    about = claim.get("id") if isinstance(claim, Mapping) else claim
    if any(same(about, one) for one in endorsed):
        return verdict
    told = Check("data_model", FAILED, "endorses_other", "It endorses something else.")
    checks = (*verdict.checks[:-1], told)
    return replace(verdict, checks=checks, verdict=overall(checks))
