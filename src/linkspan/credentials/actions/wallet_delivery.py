"""A wallet gets a credential: keys proven, a bound copy signed for each; or it waits, comes again, and tells (VCI 1.0).

What is refused carries the error code of the specification, which faces answer with.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.credentials.actions.choices import bind_did
from linkspan.credentials.actions.store import append_to_log
from linkspan.credentials.actions.wallets import use_nonce
from linkspan.credentials.models import (
    AwardRow,
    CredentialRow,
    WalletCopyRow,
    WalletOfferRow,
    WalletTokenRow,
    WalletWaitRow,
)
from linkspan.credentials.queries import takes_four_eyes
from linkspan.credentials.queries.places import selective_metadata, selective_type, wallet_places
from linkspan.credentials.queries.wallet_access import meant, opened
from linkspan.credentials.rules import AwardState, CredentialState, IssueKind
from linkspan.credentials.rules.wallets import (
    SIGNER_SECONDS,
    WAIT_LIFE,
    WAIT_SECONDS,
    Access,
    Delivered,
    WalletEvent,
    Wanted,
    bound_to,
    secret_digest,
)
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import audit
from linkspan.kernel.actor import system_actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.vc import VcError, openid4vci
from linkspan.vc.gate import Approval, digest
from linkspan.vc.keys import did_key_of, jwk_of, key_of_jwk
from linkspan.vc.sealers import UNREACHABLE, Bound
from linkspan.vc.verify import digest_of

type Copy = dict[str, Any] | str


def deliver_to_wallet(
    *, institution: str, token: str, wanted: Wanted, at: datetime, now: datetime, thumbprint: str = ""
) -> Delivered:
    """The credential bound to each key that is proven: signed badges, or SD-JWTs as text; or when to ask again.

    NotPermitted (`invalid_token`), Unusable (`invalid_proof`, `invalid_nonce`, `unknown_credential_configuration`,
    `unknown_credential_identifier`, `invalid_credential_request`), Refused (`credential_request_denied`) if there is
    none, or it is no longer active. The access of an offer belongs to the keys that are proven first: with a new nonce
    the wallet may ask again until it has the credential. Where a person has yet to decide, or the issuer's signer does
    not answer, the wallet waits.
    """
    access, form, found, proven = _bound(institution, token, thumbprint, wanted, at)
    if isinstance(found, AwardRow):
        return _waits(access, form, found, proven, at)
    try:
        copies = [_copy(found, one, form, now) for one in proven]
    except VcError as error:
        if error.code != UNREACHABLE:
            raise
        return _waits(access, form, found, proven, at)
    return _handed_over(access, found.id, proven, form, copies, now, at)


@transaction.atomic
def _bound(
    institution: str, token: str, thumbprint: str, wanted: Wanted, at: datetime
) -> tuple[Access, str, CredentialRow | AwardRow, list[openid4vci.Proven]]:
    """What is meant, and the keys that were proven; the access of an offer belongs to them from now on."""
    access = opened(institution, token, thumbprint, at)
    form, found = meant(access, wanted)
    proven = _proven(institution, wanted.proofs, at)
    if access.offer:
        keys = ",".join(sorted(one.did for one in proven))
        whose = keys if len(proven) == 1 else f"sha256:{secret_digest(keys)}"
        if WalletTokenRow.objects.select_for_update().get(id=access.access_id).did not in ("", whose):
            raise Unusable("invalid_proof", "This access belongs to another key. Make a new offer for another wallet.")
        WalletTokenRow.objects.filter(id=access.access_id).update(did=whose)
    if isinstance(found, CredentialRow):
        _check_active(found)
    return access, form, found, proven


def _proven(institution: str, proofs: Sequence[str], at: datetime) -> list[openid4vci.Proven]:
    """Each key once, by proofs of nonces that were given out here; each nonce is used up."""
    audience = wallet_places(institution).issuer
    if not 0 < len(proofs) <= openid4vci.BATCH:
        raise Unusable(
            "invalid_proof",
            "Send proofs.jwt, a list with one token for each key, at most {most}.",
            most=openid4vci.BATCH,
        )
    try:
        proven = [openid4vci.check_proof(proof, audience=audience, now=at) for proof in proofs]
    except VcError as error:
        raise Unusable("invalid_proof", error.message) from error
    if len({one.did for one in proven}) != len(proven):
        raise Unusable("invalid_proof", "Two proofs are of one key: each copy is bound to a key of its own.")
    for nonce in {one.nonce for one in proven}:
        if not use_nonce(purpose="wallet", nonce=nonce, at=at):
            raise Unusable(
                "invalid_nonce", "The nonce was used, is too old, or was not given out here. Ask for a new one."
            )
    return proven


@transaction.atomic
def _handed_over(
    access: Access,
    credential_id: UUID,
    proven: Sequence[openid4vci.Proven],
    form: str,
    copies: list[Copy],
    now: datetime,
    at: datetime,
) -> Delivered:
    """Note the copies that were signed, unless the credential ended meanwhile; its offer is taken then."""
    row = CredentialRow.objects.select_for_update().get(id=credential_id)
    _check_active(row)
    append_to_log(row.institution, [(signed, None) for signed in copies], now)
    system, delivery = system_actor("wallets"), new_id()
    for one, signed in zip(proven, copies, strict=True):
        sha256 = secret_digest(signed.partition("~")[0]) if isinstance(signed, str) else digest_of(signed)
        WalletCopyRow.objects.create(
            credential=row, form=form, did=one.did, sha256=sha256, issued_at=now, delivery_id=delivery
        )
        bind_did(actor=system, learner_id=row.learner_id, did=one.did, now=now)
        after: dict[str, Any] = {
            "did": one.did,
            "form": form,
            **({"application": access.application} if access.application else {}),
        }
        if one.attested:
            after["attested"] = one.attested
        subject = f"credentials.credential:{row.id}"
        audit.record(actor=system, verb="deliver_to_wallet", subject=subject, now=now, after=after)
    if access.credential_id and not access.offer:
        WalletOfferRow.objects.filter(credential=row, used_at=None).update(used_at=at)
    return Delivered(tuple(copies), delivery)


def _check_active(row: CredentialRow) -> None:
    if row.state != CredentialState.ACTIVE:
        raise Refused("credential_request_denied", "The credential is {state} by now.", state=row.state)


def _copy(row: CredentialRow, proven: openid4vci.Proven, form: str, now: datetime) -> Copy:
    sealer = sealer_of(signing_key(row.institution, now), four_eyes=takes_four_eyes(row.institution))
    unsigned = bound_to(row.document, proven.did)
    unsigned["issuer"] = {**unsigned["issuer"], "id": sealer.did}
    approval = _approval(row, unsigned)
    if form == openid4vci.SELECTIVE:
        integrity = openid4vci.integrity_of(selective_metadata(row.institution))
        bound = Bound(jwk_of(proven.key), selective_type(row.institution), approval, integrity)
        return sealer.seal_selective(unsigned, now, bound)
    return sealer.seal(unsigned, now, approval)


def _approval(row: CredentialRow, unsigned: dict[str, Any]) -> Approval | None:
    """Who stands for a program award stands for its copies: nothing in them was not approved but the holder's key."""
    award = getattr(row, "award", None)
    if row.kind != IssueKind.PROGRAM or award is None:
        return None
    return Approval(digest(unsigned), award.prepared_by, award.decided_by)


def _waits(
    access: Access, form: str, found: CredentialRow | AwardRow, proven: Sequence[openid4vci.Proven], at: datetime
) -> Delivered:
    """Keep what was asked for, with the keys that were proven, until it can be signed."""
    secret, is_award = secrets.token_urlsafe(32), isinstance(found, AwardRow)
    WalletWaitRow.objects.create(
        learner_id=access.learner_id,
        institution=access.institution,
        award=found if isinstance(found, AwardRow) else None,
        credential=found if isinstance(found, CredentialRow) else None,
        form=form,
        keys=[jwk_of(one.key) for one in proven],
        access_id=access.access_id,
        transaction_sha256=secret_digest(secret),
        expires_at=at + WAIT_LIFE,
    )
    return Delivered((), transaction=secret, interval=WAIT_SECONDS if is_award else SIGNER_SECONDS)


def deliver_what_waited(
    *, institution: str, token: str, secret: str, at: datetime, now: datetime, thumbprint: str = ""
) -> Delivered:
    """What a wallet waited for, once; or when to ask again (OpenID4VCI 1.0, section 9).

    NotPermitted (`invalid_token`), Unusable (`invalid_transaction_id`) if nothing waits under that secret for this
    access, Refused (`credential_request_denied`) if it was decided against.
    """
    access = opened(institution, token, thumbprint, at)
    waits = WalletWaitRow.objects.filter(
        transaction_sha256=secret_digest(secret), access_id=access.access_id, institution=institution, expires_at__gt=at
    )
    row = waits.select_related("award__credential", "credential").first()
    if row is None:
        raise Unusable("invalid_transaction_id", "Nothing waits under this transaction_id for this access.")
    found = row.award.credential if row.award else row.credential
    if found is None:
        assert row.award is not None
        if row.award.state in (AwardState.REFUSED, AwardState.ENDED):
            row.delete()
            raise Refused("credential_request_denied", "The award was decided against.")
        return Delivered((), transaction=secret, interval=WAIT_SECONDS)
    _check_active(found)
    keys = [key_of_jwk(jwk) for jwk in row.keys]
    proven = [openid4vci.Proven(key, did_key_of(key), "") for key in keys]
    try:
        copies = [_copy(found, one, row.form, now) for one in proven]
    except VcError as error:
        if error.code != UNREACHABLE:
            raise
        return Delivered((), transaction=secret, interval=SIGNER_SECONDS)
    with transaction.atomic():
        if not WalletWaitRow.objects.filter(id=row.id).delete()[0]:
            raise Unusable("invalid_transaction_id", "This transaction_id was used.")
        return _handed_over(access, found.id, proven, row.form, copies, now, at)


@transaction.atomic
def hear_from_wallet(
    *, institution: str, token: str, delivery: str, event: str, at: datetime, now: datetime, thumbprint: str = ""
) -> None:
    """Put on the trail what a wallet tells of what it got; told twice, it stands there once.

    NotPermitted (`invalid_token`), Unusable (`invalid_notification_id`, `invalid_notification_request`).
    """
    access = opened(institution, token, thumbprint, at)
    if event not in set(WalletEvent):
        raise Unusable("invalid_notification_request", "The event is none of those that are known.")
    try:
        named = UUID(delivery)
    except ValueError as error:
        raise _nothing_delivered() from error
    copies = WalletCopyRow.objects.filter(delivery_id=named, credential__institution=institution)
    if access.credential_id is not None:
        copies = copies.filter(credential_id=access.credential_id)
    rows = list(copies.filter(credential__learner_id=access.learner_id).select_for_update())
    if not rows:
        raise _nothing_delivered()
    if rows[0].told == event:
        return
    copies.update(told=event)
    subject = f"credentials.credential:{rows[0].credential_id}"
    audit.record(
        actor=system_actor("wallets"), verb="hear_from_wallet", subject=subject, now=now, after={"event": str(event)}
    )


def _nothing_delivered() -> Unusable:
    return Unusable("invalid_notification_id", "Nothing was delivered under this notification_id to this access.")
