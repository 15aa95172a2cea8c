"""Has the issuer taken it back? What a status list says, once the list itself is found sound."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from linkspan.vc import status as status_lists
from linkspan.vc.errors import VcError
from linkspan.vc.instants import moment
from linkspan.vc.received import receive_plain, types_of
from linkspan.vc.said import Said
from linkspan.vc.strict_json import parse
from linkspan.vc.verify.issuer import issuer as issuer_check
from linkspan.vc.verify.seals import Seal, found_key, issuer_id, seals_of
from linkspan.vc.verify.status_tokens import SUSPENDED_NOW, by_token_list
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.validity import validity
from linkspan.vc.verify.verdict import FAILED, NOT_APPLICABLE, PASSED, UNKNOWN, Check, worst

MOST_KEPT = 100
SELF_EVIDENT = "issuer_not_registered"


def status(credential: Mapping[str, Any], trust: Trust, at: datetime, seals: Sequence[Seal] = ()) -> Check:
    """All entries are asked: one that is set fails, one that cannot be determined leaves it unknown."""
    replaced = trust.successors.get(str(credential.get("id")))
    if replaced:
        return _superseded(replaced)
    if str(credential.get("id")) in trust.suspended:
        return SUSPENDED_NOW
    named = credential.get("credentialStatus")
    entries = named if isinstance(named, list) else [named] if named else []
    told = [by_token_list(credential, seals, trust, at)] if _names_token_list(credential) else []
    if not entries and not told and "status" in credential:
        return Check("status", UNKNOWN, "status_type_unknown", "Its status list is of a kind that is not read here.")
    if not entries and not told:
        return Check("status", NOT_APPLICABLE, "no_status", "The credential says nothing of revocation.")
    if len(entries) > status_lists.MOST_ENTRIES:
        return Check("status", UNKNOWN, "status_too_many", "It names more status lists than are asked here.")
    return worst([*told, *(_entry(entry, credential, trust, at) for entry in entries)])


def _names_token_list(credential: Mapping[str, Any]) -> bool:
    """Whether it has the claim `status` of tokens; in a document that word can mean something else."""
    named = credential.get("status")
    return "status" in credential and ("vct" in credential or (isinstance(named, Mapping) and "status_list" in named))


def _entry(entry: Any, credential: Mapping[str, Any], trust: Trust, at: datetime) -> Check:
    try:
        kind = types_of(entry) if isinstance(entry, Mapping) else []
        if kind == [status_lists.EDTECH_LIST]:
            return _by_edtech(str(entry.get("id")), credential, trust)
        if kind != ["BitstringStatusListEntry"]:
            raise VcError("status_type_unknown", "The status entry is of a type that cannot be checked here.")
        document = sound_list(str(entry.get("statusListCredential")), issuer_id(credential), trust, at)
        return _said(status_lists.look_up(entry, document))
    except VcError as error:
        return Check("status", UNKNOWN, error.code, error.message)


def _by_edtech(url: str, credential: Mapping[str, Any], trust: Trust) -> Check:
    """What 1EdTech's list of revoked credentials says. It is not signed: that it came from its address is all."""
    found = trust.status_list(url)
    document = found if isinstance(found, Mapping) else parse(found)
    why = status_lists.revoked_in(document, issuer_id(credential), str(credential.get("id")))
    if why is None:
        return Check("status", PASSED, "not_revoked", "The issuer's list of revoked credentials does not name it.")
    if not why:
        return Check("status", FAILED, "revoked", "The issuer has revoked the credential.")
    told = Said("The issuer has revoked the credential. Its reason: {why}", why=why)
    return Check("status", FAILED, "revoked", told)


def _said(said: status_lists.Said) -> Check:
    if not said.is_set:
        return Check("status", PASSED, "not_revoked", "The issuer has not revoked it.")
    if said.purpose == "revocation":
        return Check("status", FAILED, "revoked", "The issuer has revoked the credential.")
    if said.purpose == "suspension":
        return SUSPENDED_NOW
    if said.superseded:
        return _superseded(None)
    if said.purpose == "message":
        return Check("status", PASSED, "message", Said("The issuer says of it: {value}", value=said.told or said.value))
    if said.purpose == "refresh":
        return Check("status", PASSED, "refresh", "The issuer has a newer version of it to give.")
    return Check(
        "status", UNKNOWN, "status_purpose_unknown", Said("The issuer marked it: {purpose}.", purpose=said.purpose)
    )


def _superseded(successor: str | None) -> Check:
    told = "The issuer has replaced it by a newer credential. Ask the holder for the newer one."
    if successor:
        told = Said(
            "The issuer has replaced it by a newer credential. The newer one is {successor}.", successor=successor
        )
    return Check("status", FAILED, "superseded", told)


def sound_list(url: str, issuer: str, trust: Trust, at: datetime) -> Mapping[str, Any]:
    """`_sound_list`, kept while the trust is the same."""
    named = (url, issuer, at)
    if named not in trust.sound:
        found = _sound_list(url, issuer, trust, at)
        if len(trust.sound) >= MOST_KEPT:
            trust.sound.clear()
        trust.sound[named] = found
    return trust.sound[named]


def _sound_list(url: str, issuer: str, trust: Trust, at: datetime) -> Mapping[str, Any]:
    """The status list at an address, if it is what it claims, of that issuer, and in force at that time.

    VcError: `status_list_missing`, `status_list_foreign`, `status_list_wrong`, `status_list_unsigned`,
    `status_list_expired`, `status_list_stale`, and those of proofs and of the network.
    """
    received = receive_plain(trust.status_list(url))
    document = received.credential
    if "BitstringStatusListCredential" not in types_of(document) or document.get("id") not in (None, url):
        raise VcError(
            "status_list_wrong", Said("What stands at {url} is not the status list that the credential means.", url=url)
        )
    named = issuer_id(document)
    if not trust.same_institution(named, issuer):
        raise VcError("status_list_foreign", "The status list is not the issuer's own.")
    seals = seals_of(received)
    if not seals:
        raise VcError("status_list_unsigned", "The status list is not signed.")
    for seal in seals:
        if not seal.method:
            raise VcError("status_list_unsigned", "The status list does not say who signed it.")
        seal.check(found_key(seal, trust, at).key)
    bound = issuer_check(named, seals, trust, at)
    if bound.outcome != PASSED and not (bound.code == SELF_EVIDENT and named.startswith("did:key:")):
        raise VcError(
            "status_list_foreign", Said("The status list was signed by somebody else. {message}", message=bound.message)
        )
    _refuse_old(document, [seal.created for seal in seals], at)
    return document


def _refuse_old(document: Mapping[str, Any], signed: list[datetime | None], at: datetime) -> None:
    if validity(document, at).outcome == FAILED:
        raise VcError("status_list_expired", "The status list is not in force at that time.")
    ttl = status_lists.subject_of(document).get("ttl")
    if isinstance(ttl, int) and not isinstance(ttl, bool) and 0 < ttl < 10**12:
        made = [found for found in (moment(document.get("validFrom")), *signed) if found]
        if made and max(made) + timedelta(milliseconds=ttl) < at:
            raise VcError("status_list_stale", "The status list at hand is too old; the issuer gives out newer ones.")
