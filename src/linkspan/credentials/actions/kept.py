"""A person keeps credentials of others here, by hand or by an application; and an application puts in a profile."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.db import transaction

from linkspan.credentials.models import CredentialRow, HostProfileRow, KeptCredentialRow
from linkspan.credentials.queries import host_profile, judge
from linkspan.credentials.rules.kept import LARGEST_KEPT, MOST_KEPT, Family, Put, family_of, kept_kind, read_profile
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.vc import Unreadable, VcError, Verdict
from linkspan.vc.instants import utc_moment
from linkspan.vc.received import Received, is_pdf, receive

#: What says that a credential is not what its issuer made; one that has expired or was revoked may be kept.
_FORGED = ("data_model", "signature", "data_loss", "issuer")


def keep_credential(
    *, actor: Actor, content: bytes, now: datetime, source: str = "", family: Family | None = None
) -> Put:
    """Keep a credential of somebody else, to the byte; one that is here already is replaced if this one is newer.

    The same is who has the issuer's and the credential's identifier (Open Badges 3.0, section 10); what this server
    issued to the actor stands as it was issued. Unusable for what cannot be read, is of another kind, unsigned, larger
    than a megabyte or known to be wrong; Refused (`kept_of_another`) for a credential of this server that somebody else
    holds, (`too_many_kept`) beyond 500.
    """
    person_id = actor.own_id
    received = _readable(content)
    text = received.token or content.decode("utf-8-sig").strip()
    of = family_of(received.credential.get("type"))
    if family is not None and of is not family:
        raise kept_kind()
    row = _row(received, text, of, person_id, source, now)
    own = _issued_here(row)
    if own is not None:
        if own.learner_id != person_id:
            raise Refused("kept_of_another", "This credential was issued here to somebody else.")
        return Put(json.dumps(own.document, ensure_ascii=False), is_token=False, is_new=False)
    _check(judge(content, now))
    return _put(actor, row, now)


def _readable(content: bytes) -> Received:
    if len(content) > LARGEST_KEPT:
        raise Unusable("kept_too_large", "The credential is larger than a megabyte.")
    if is_pdf(content):
        raise kept_kind()  # it would have to be unpacked to say more
    try:
        received = receive(content)
    except (Unreadable, VcError) as error:
        raise Unusable("kept_unreadable", "This is no credential that can be read: {why}", why=error.message) from error
    if received.token is None and not content.removeprefix(BOM_UTF8).strip().startswith(b"{"):
        raise Unusable("kept_form", "Send one credential: an object of JSON in UTF-8, or a compact token.")
    if received.presentation is not None or received.older is not None or received.carrier not in ("json", "token"):
        raise kept_kind()
    if received.token is None and not _is_signed(received.credential.get("proof")):
        raise Unusable("kept_unsigned", "Nobody has signed this credential, so it is not kept.")
    return received


def _is_signed(proof: object) -> bool:
    """Whether there is something that claims to be a proof; of which kind, and whether it holds, is judged later."""
    proofs = proof if isinstance(proof, list) else [proof]
    return bool(proofs) and all(isinstance(one, Mapping) and isinstance(one.get("type"), str) for one in proofs)


def _row(
    received: Received, text: str, family: Family, person_id: UUID, source: str, now: datetime
) -> KeptCredentialRow:
    document = received.credential
    issuer = document.get("issuer")
    issuer_id = _identifier(issuer.get("id") if isinstance(issuer, Mapping) else issuer)
    since, named = utc_moment(document.get("validFrom")), _identifier(document.get("id"))
    if since is None:
        raise Unusable("kept_undated", "The credential does not say from when on it is valid.")
    return KeptCredentialRow(
        learner_id=person_id,
        family=family,
        issuer_id=issuer_id,
        credential_id=named,
        title=_title(document) or named[:300],
        issuer_name=_line(issuer.get("name")) if isinstance(issuer, Mapping) else "",
        content=text,
        is_token=received.token is not None,
        valid_from=since,
        kept_at=now,
        source=source[:100],
    )


def _identifier(told: object) -> str:
    """As it is compared (Open Badges 3.0, section 10): unescaped, and without blanks around it."""
    found = unquote(told).strip() if isinstance(told, str) else ""
    if not 0 < len(found) <= 500 or not found.isprintable():
        raise Unusable("kept_unnamed", "The credential, or its issuer, has no identifier that can be kept.")
    return found


def _title(document: Mapping[str, Any]) -> str:
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    return _line(document.get("name")) or (_line(achievement.get("name")) if isinstance(achievement, Mapping) else "")


def _line(value: object) -> str:
    return "".join(one if one.isprintable() else " " for one in value)[:300].strip() if isinstance(value, str) else ""


def _issued_here(row: KeptCredentialRow) -> CredentialRow | None:
    """The credential of this server with that identifier and issuer: another issuer's may have the same identifier."""
    try:
        own = CredentialRow.objects.filter(id=UUID(row.credential_id.removeprefix("urn:uuid:"))).first()
    except ValueError:
        return None
    return own if own is not None and _identifier(own.document["issuer"]["id"]) == row.issuer_id else None


def _check(verdict: Verdict) -> None:
    wrong = [check for check in verdict.checks if check.name in _FORGED and check.outcome == "failed"]
    if wrong:
        raise Unusable("kept_wrong", "It is known to be wrong, so it is not kept: {why}", why=wrong[0].message)


@transaction.atomic
def _put(actor: Actor, row: KeptCredentialRow, now: datetime) -> Put:
    named = {"learner_id": row.learner_id, "issuer_id": row.issuer_id, "credential_id": row.credential_id}
    held = KeptCredentialRow.objects.select_for_update().filter(**named).first()
    if held is not None and held.valid_from >= row.valid_from:
        return Put(held.content, held.is_token, is_new=False)
    if held is None and KeptCredentialRow.objects.filter(learner_id=row.learner_id).count() >= MOST_KEPT:
        raise Refused("too_many_kept", "You keep {most} credentials here already. Remove one first.", most=MOST_KEPT)
    if held is not None:
        row.id = held.id
        row.save(force_update=True)
    else:
        KeptCredentialRow.objects.bulk_create([row], ignore_conflicts=True)  # the same at the same moment
    after = {"issuer": row.issuer_id, "source": row.source}
    audit.record(actor=actor, verb="keep_credential", subject=f"accounts.user:{row.learner_id}", now=now, after=after)
    return Put(row.content, row.is_token, is_new=held is None)


@transaction.atomic
def remove_kept(*, actor: Actor, kept_id: UUID, now: datetime) -> None:
    """Remove a credential that one keeps here."""
    row = KeptCredentialRow.objects.filter(id=kept_id, learner_id=actor.own_id).first()
    if row is None:
        raise NotFound("kept_unknown", "You keep no such credential here.")
    before = {"issuer": row.issuer_id}
    row.delete()
    audit.record(actor=actor, verb="remove_kept", subject=f"accounts.user:{actor.own_id}", now=now, before=before)


@transaction.atomic
def put_host_profile(*, actor: Actor, told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Put in a profile whole, and get it as it stands then: name and e-mail stay those of the account."""
    found = read_profile(told)
    rows = HostProfileRow.objects.filter(learner_id=actor.own_id)
    rows.exclude(member__in=found).delete()
    for member, value in found.items():
        told_now = {"value": value, "changed_at": now}
        HostProfileRow.objects.update_or_create(learner_id=actor.own_id, member=member, defaults=told_now)
    return host_profile(actor)
