"""Has the issuer taken a token back? What a Token Status List says, once the list itself is found sound."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc import jose, status_tokens
from linkspan.vc.errors import VcError
from linkspan.vc.keys import multibase_of
from linkspan.vc.said import Said
from linkspan.vc.verify.certified import vouching
from linkspan.vc.verify.issuer import issuer as issuer_check
from linkspan.vc.verify.seals import SKEW, Seal, found_key, issuer_id, token_seal
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.verdict import FAILED, PASSED, UNKNOWN, Check

SUSPENDED_NOW = Check("status", FAILED, "suspended", "The issuer has suspended the credential for the time being.")
REVOKED = Check("status", FAILED, "revoked", "The issuer has revoked the credential.")
NOT_REVOKED = Check("status", PASSED, "not_revoked", "The issuer has not revoked it.")


def by_token_list(credential: Mapping[str, Any], seals: Sequence[Seal], trust: Trust, at: datetime) -> Check:
    """What the list that the claim `status` names says of the token."""
    try:
        url, index = status_tokens.referenced(credential["status"])
        claims = _sound_list(url, credential, seals, trust, at)
        return _said(status_tokens.value_at(claims, index))
    except VcError as error:
        return Check("status", UNKNOWN, error.code, error.message)


def _said(value: int) -> Check:
    if value == status_tokens.VALID:
        return NOT_REVOKED
    if value == status_tokens.INVALID:
        return REVOKED
    if value == status_tokens.SUSPENDED:
        return SUSPENDED_NOW
    if value in status_tokens.OWN_VALUES:
        told = Said("The issuer marked it with a status of its own ({value}). Ask it what that means.", value=value)
        return Check("status", UNKNOWN, "status_of_its_own", told)
    told = Said("The issuer marked it with a status that nobody defined ({value}).", value=value)
    return Check("status", UNKNOWN, "status_value_unknown", told)


def _sound_list(
    url: str, credential: Mapping[str, Any], seals: Sequence[Seal], trust: Trust, at: datetime
) -> Mapping[str, Any]:
    """The claims of the list at an address, if it is the issuer's own, holds, and is in force at that time.

    VcError: `status_list_missing`, `status_list_foreign`, `status_list_wrong`, `status_list_cwt`,
    `status_list_expired`, `status_list_stale`, and those of tokens, keys and the network.
    """
    issuer = issuer_id(credential) or str(credential.get("iss", ""))
    token, _, claims = status_tokens.read_list(trust.status_list(url), url)
    named = claims.get("iss", issuer)
    seal = token_seal(token, str(named), partial(jose.check, kind=status_tokens.TYPE))
    if seal.fault:
        raise seal.fault
    key = found_key(seal, trust, at).key
    seal.check(key)
    if not _is_own(url, issuer, str(named), seal, multibase_of(key), seals, trust, at):
        raise VcError("status_list_foreign", "The status list is not the issuer's own.")
    _refuse_old(claims, url in trust.lists, at)
    return claims


def _is_own(
    url: str, issuer: str, named: str, seal: Seal, key: str, seals: Sequence[Seal], trust: Trust, at: datetime
) -> bool:
    """Whether the issuer stands for the list: signed by the very key of the credential, by one of the same
    institution's that is relied on, or by one that a root which is relied on certifies for the place of the list."""
    if any(key == _key_of(one, trust, at) for one in seals):
        return True
    if trust.same_institution(named, issuer) and issuer_check(named, [seal], trust, at).outcome == PASSED:
        return True
    host = urlsplit(url).netloc.lower()
    certified = seal.chain is not None and bool(vouching(f"https://{host}", seal, seal.chain, trust, at))
    return certified and any(one.chain and vouching(issuer, one, one.chain, trust, at) for one in seals)


def _key_of(seal: Seal, trust: Trust, at: datetime) -> str:
    try:
        return multibase_of(found_key(seal, trust, at).key)
    except VcError:
        return ""


def _refuse_old(claims: Mapping[str, Any], at_hand: bool, at: datetime) -> None:
    """A list from a file can be older than its issuer meant it to be kept; one that was fetched is what there is."""
    made, ends = jose.instant_of(claims.get("iat")), jose.instant_of(claims.get("exp"))
    until = status_tokens.kept_until(claims, made or at)
    if (made and made > at + SKEW) or (ends and ends <= at):
        raise VcError("status_list_expired", "The status list is not in force at that time.")
    if at_hand and until and until < at:
        raise VcError("status_list_stale", "The status list at hand is too old; the issuer gives out newer ones.")
