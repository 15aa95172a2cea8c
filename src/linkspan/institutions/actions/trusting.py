"""A registrar decides on whose credentials an institution relies: an issuer, or whomever a registry lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from linkspan.institutions.engines.registries import LONGEST_ADDRESS, LONGEST_NAME, check_issuer
from linkspan.institutions.models import TrustChangeRow, TrustedIssuerRow, TrustSourceRow
from linkspan.institutions.queries.registry import institution as school
from linkspan.institutions.rules.trust import ASK_AGAIN_AFTER, Moved, Standing, TrustKind, may_decide_trust
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit, stated
from linkspan.vc.certificates import fingerprint, read_root
from linkspan.vc.errors import VcError
from linkspan.vc.federation import WELL_KNOWN, is_address

#: Where a server of this program publishes its registry.
OWN_PLACE = "registry.json"


@transaction.atomic
def trust(
    *,
    actor: Actor,
    institution: str,
    kind: TrustKind,
    address: str,
    name: str,
    reason: str,
    now: datetime,
    certificate: str = "",
) -> UUID:
    """Rely on an issuer (`address` is its DID or web address), on a registry, or on an authority that certifies issuers
    (`certificate` is its root in PEM form), for a stated reason.

    An issuer and an authority count at once. A registry is asked by the worker, and whom it lists counts from then on.
    Refused (`already_trusted`) while the same is relied on.
    """
    permit(may_decide_trust(actor, institution), "decide whom this institution relies on")
    school(institution)
    name, reason = " ".join(name.split()), stated(reason)
    if not name or len(name) > LONGEST_NAME:
        raise Unusable("name_missing", "Enter a name of at most {most} characters.", most=LONGEST_NAME)
    place, held = _place(kind, address, certificate, now)
    if TrustSourceRow.objects.filter(institution=institution, kind=kind, address=place, ended_at=None).exists():
        raise Refused("already_trusted", "Your institution relies on this already.")
    row = TrustSourceRow.objects.create(
        institution=institution,
        kind=kind,
        address=place,
        name=name,
        reason=reason,
        decided_by=actor.name,
        decided_at=now,
        certificate=held,
    )
    if kind is TrustKind.ISSUER:
        TrustedIssuerRow.objects.create(source=row, did=place, name=name, standing=Standing.RELIED, since=now)
    after = {"kind": kind, "address": place, "name": name}
    _note(actor, row, "trust", Moved.TRUSTED, name, reason, now, after)
    return row.id


def _place(kind: TrustKind, address: str, certificate: str, now: datetime) -> tuple[str, str]:
    """The address under which it is known, and the certificate of an authority."""
    if kind is TrustKind.ROOT:
        return _root(certificate, now)
    if kind is TrustKind.FEDERATION:
        return _anchor(address), ""
    return (_issuer(address) if kind is TrustKind.ISSUER else _registry(kind, address)), ""


def _anchor(address: str) -> str:
    """The address that names the anchor of a federation, also out of that of its statement."""
    told = address.strip().removesuffix(WELL_KNOWN).rstrip("/")
    if not is_address(told) or "?" in told:
        raise Unusable(
            "anchor_unusable", "Enter the web address that names the federation’s anchor. It begins with https://."
        )
    return told


def _root(certificate: str, now: datetime) -> tuple[str, str]:
    """The fingerprint of a root certificate, and the certificate."""
    try:
        root = read_root(certificate.strip())
    except VcError as error:
        raise Unusable(
            "certificate_unusable",
            "Give the certificate of one authority that certifies issuers, in PEM form: text that begins with "
            "-----BEGIN CERTIFICATE-----. Its key has to be strong enough.",
        ) from error
    if root.not_valid_after_utc <= now:
        ended = root.not_valid_after_utc.date()
        raise Unusable(
            "certificate_ended", "This certificate ended on {day}. Ask its authority for another.", day=ended
        )
    return fingerprint(root), certificate.strip()


def _issuer(address: str) -> str:
    told = address.strip()
    try:
        if len(told) > LONGEST_ADDRESS:
            raise VcError("did_refused", "Too long.")
        check_issuer(told)
    except VcError as error:
        words = "Enter the issuer’s DID (did:web or did:key) or its web address (https)."
        raise Unusable("issuer_unusable", words) from error
    return told


def _registry(kind: TrustKind, address: str) -> str:
    told = address.strip()
    try:
        parts = urlsplit(told)
        usable = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and told.isascii()
    except ValueError:
        usable = False
    if not usable or len(told) > LONGEST_ADDRESS - len(OWN_PLACE) - 1 or not told.isprintable() or " " in told:
        raise Unusable("registry_unusable", "Enter the registry’s web address. It begins with https://.")
    if kind is TrustKind.LINKSPAN and not parts.path.endswith(".json"):
        return f"https://{parts.netloc}{parts.path.rstrip('/')}/{OWN_PLACE}"
    return told


@transaction.atomic
def end_trust(*, actor: Actor, source_id: UUID, reason: str, now: datetime) -> None:
    """Rely on it no more, at once and for a stated reason; a second time changes nothing."""
    row = _decided_on(actor, source_id)
    told = stated(reason)
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by, row.ended_reason = now, actor.name, told
    row.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    _note(actor, row, "end_trust", Moved.ENDED, row.name, told, now, {"address": row.address})


@transaction.atomic
def ask_registry_again(*, actor: Actor, source_id: UUID, now: datetime) -> None:
    """Have the worker ask at its next round, not only once a day; again before that changes nothing."""
    row = _decided_on(actor, source_id)
    if row.kind == TrustKind.ROOT:
        raise Refused("not_asked", "An authority is not asked: its certificate is all that counts.")
    if row.ended_at is not None:
        raise Refused("trust_ended", "Your institution relies on this no more. Add it again first.")
    if row.asked_at is not None:
        row.asked_at = None
        row.save(update_fields=["asked_at"])


def ask_issuer_again(*, did: str, now: datetime) -> None:
    """Have the worker ask those who name that issuer, at most once an hour: whoever checks a badge may cause it."""
    named = TrustSourceRow.objects.filter(issuers__did=did, ended_at=None, asked_at__lt=now - ASK_AGAIN_AFTER)
    TrustSourceRow.objects.filter(id__in=list(named.values_list("id", flat=True)[:20])).update(asked_at=None)


@transaction.atomic
def accept_key(*, actor: Actor, issuer_id: UUID, reason: str, now: datetime) -> None:
    """Rely on the keys that an issuer shows now, not on the pinned ones; Refused (`no_new_key`) if it shows none."""
    found = TrustedIssuerRow.objects.filter(id=issuer_id).values_list("source_id", flat=True).first()
    if found is None:
        raise NotFound("trust_unknown", "Your institution relies on nothing of that kind.")
    source = _decided_on(actor, found)
    row = TrustedIssuerRow.objects.select_for_update().get(id=issuer_id)
    told = stated(reason)
    if not row.waiting_keys or row.standing != Standing.CHANGED:
        raise Refused("no_new_key", "This issuer shows no other key than the one that is relied on.")
    row.keys, row.waiting_keys, row.standing = row.waiting_keys, [], Standing.RELIED
    row.save(update_fields=["keys", "waiting_keys", "standing"])
    if source.kind == TrustKind.FEDERATION and source.asked_at is not None:
        source.asked_at = None
        source.save(update_fields=["asked_at"])
    after = {"did": row.did, "keys": [key["publicKeyMultibase"] for key in row.keys]}
    _note(actor, source, "accept_key", Moved.KEY_ACCEPTED, row.name, told, now, after)


def _decided_on(actor: Actor, source_id: UUID) -> TrustSourceRow:
    """The source, locked; NotFound for who may not decide on it: whom a school relies on is told in verdicts alone."""
    row = TrustSourceRow.objects.select_for_update().filter(id=source_id).first()
    if row is None or not may_decide_trust(actor, row.institution):
        raise NotFound("trust_unknown", "Your institution relies on nothing of that kind.")
    return row


def _note(
    actor: Actor,
    row: TrustSourceRow,
    verb: str,
    what: Moved,
    name: str,
    reason: str,
    now: datetime,
    after: Mapping[str, Any],
) -> None:
    TrustChangeRow.objects.create(source=row, at=now, what=what, name=name, by=actor.name, reason=reason)
    subject = f"institutions.institution:{row.institution}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, why=reason)
