"""Drafts: begun by a party, saved as often as it likes, sent as the next version for the other party to read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from linkspan.kernel import audit as trail
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.pathways.actions.exchange import tell_partner
from linkspan.pathways.actions.rows import check_terms, keep_version, move, party_of, standing_of, subject_of
from linkspan.pathways.events import AgreementSent
from linkspan.pathways.models import AgreementDraftRow, AgreementVersionRow
from linkspan.pathways.queries.desk import Draft, draft_of, keepers_of, was_in_force
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.formats import check_understood, with_format
from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.agreement.table import recognition_from_csv
from linkspan.pathways.rules.life.exchange import Kind
from linkspan.pathways.rules.life.lifecycle import (
    Status,
    check_begin,
    check_canonical,
    check_outline,
    may_start_agreement,
    terms_sha256,
)

LARGEST_DOCUMENT = 400_000


@transaction.atomic
def start_draft(*, actor: Actor, owner: str, document: Mapping[str, Any], now: datetime) -> UUID:
    """Begin a draft for one's own institution, from an agreement, a template, or the names of the two programs.

    With the `id` of an agreement to which the institution is a party, it becomes the next version of that one. The same
    agreement has one open draft per party: that one is given back.
    """
    permit(may_start_agreement(actor, owner), "draft an agreement for this institution")
    check_canonical(document)
    check_outline(document)
    given = Agreement.read(document)
    agreement_id = str(given.id or _name_for(given))
    if len(agreement_id) > 128:
        raise Unusable("id_too_long", "Choose an identifier of up to 128 characters.")
    newest = AgreementVersionRow.objects.filter(agreement_id=agreement_id).order_by("-version").first()
    if newest is not None and owner not in (newest.sending, newest.receiving):
        raise Refused(
            "id_taken",
            "{agreement_id} is an agreement of others. Choose another identifier.",
            agreement_id=agreement_id,
        )
    version = newest.version + 1 if newest else 1
    terms = {**document, "id": agreement_id, "version": version, "status": str(Status.DRAFT)}
    row, created = AgreementDraftRow.objects.get_or_create(
        agreement_id=agreement_id,
        owner=owner,
        sent_at=None,
        dropped_at=None,
        defaults={"document": terms, "written_by": actor.name, "begun_at": now, "saved_at": now},
    )
    if created:
        after = {"owner": owner, "version": version}
        trail.record(actor=actor, verb="start_draft", subject=subject_of(agreement_id), now=now, after=after)
    return row.id


@transaction.atomic
def save_draft(*, actor: Actor, draft_id: UUID, document: Mapping[str, Any], revision: int, now: datetime) -> Draft:
    """Keep what was written, finished or not; Refused if somebody saved in between (`revision` is the one edited)."""
    row = _locked_draft(actor, draft_id)
    if row.revision != revision:
        raise Refused(
            "saved_in_between",
            "{written_by} saved this draft meanwhile. Load it and make your change again.",
            written_by=row.written_by,
        )
    check_canonical(document)
    check_outline(document)
    if len(str(document)) > LARGEST_DOCUMENT:
        raise Unusable("draft_too_large", "The draft is too large.")
    number = draft_of(row).terms.version
    kept = {**document, "id": row.agreement_id, "version": number, "status": str(Status.DRAFT)}
    row.document, row.revision = kept, revision + 1
    row.written_by, row.saved_at = actor.name, now
    row.save(update_fields=["document", "revision", "written_by", "saved_at"])
    return draft_of(row)


@transaction.atomic
def arrange_draft(
    *, actor: Actor, draft_id: UUID, keeper_id: UUID | None, reply_by: date | None, now: datetime
) -> Draft:
    """Say who looks after a draft, and until when the partner is asked to answer once it is sent.

    Unusable for who is neither registrar nor dean of the institution, and for a day that is over.
    """
    row = _locked_draft(actor, draft_id)
    if keeper_id is not None and keeper_id not in keepers_of(actor, row.owner):
        raise Unusable("keeper_unknown", "Choose a registrar or dean of your institution.").at("keeper")
    if reply_by is not None and reply_by != row.reply_by and reply_by <= now.date():
        raise Unusable("reply_by_past", "Choose a day after today for the partner's answer.").at("reply_by")
    before = {"keeper": row.keeper_id, "reply_by": row.reply_by}
    row.keeper_id, row.reply_by = keeper_id, reply_by
    row.save(update_fields=["keeper_id", "reply_by"])
    trail.record(
        actor=actor,
        verb="arrange_draft",
        subject=subject_of(row.agreement_id),
        now=now,
        before=before,
        after={"keeper": keeper_id, "reply_by": reply_by},
    )
    return draft_of(row)


@transaction.atomic
def send_draft(
    *, actor: Actor, draft_id: UUID, now: datetime, to: Status = Status.PARTNER_REVIEW, reason: str = ""
) -> tuple[str, int]:
    """Make the draft the next version and show it to the other party; Refused on errors of the checks.

    A later version that begins in the past needs a `reason`, which both parties read. To `in_qualification`
    it announces a pathway whose terms are being worked out. What was in review before is superseded; what is in force
    stays until this version is active.
    """
    row = _locked_draft(actor, draft_id)
    if to not in (Status.PARTNER_REVIEW, Status.IN_QUALIFICATION):
        raise Unusable("status_unknown", "A draft is sent for review or announced as in qualification.")
    terms = with_format(as_agreement(dict(row.document)))
    check_understood(terms)
    if row.owner not in terms.sides:
        raise Refused(
            "not_a_party", "{owner} is no party of this draft. Name it as sending or receiving.", owner=row.owner
        )
    check_terms(replace(terms, status=str(to)), here=True)
    row.sent_at = now
    row.save(update_fields=["sent_at"])
    version = enter_version(actor, terms, to, row.written_by, now, reason=reason.strip())
    if row.keeper_id or row.reply_by:
        version.keeper_id, version.reply_by = row.keeper_id, row.reply_by
        version.save(update_fields=["keeper_id", "reply_by"])
    told: dict[str, Any] = {"document": replace(terms, status=str(Status.PARTNER_REVIEW)).as_json()}
    tell_partner(actor, version, Kind.PROPOSAL, now, told | ({"reason": reason.strip()} if reason.strip() else {}))
    return version.agreement_id, version.version


def enter_version(
    actor: Actor,
    terms: Agreement,
    to: Status,
    written_by: str,
    now: datetime,
    *,
    sent: datetime | None = None,
    reason: str = "",
) -> AgreementVersionRow:
    """Enter the next version and show it to the other party; in the caller's transaction, after the checks.

    `sent` is when it was, if not now; with a `reason` a later version may begin before. The same terms
    under the same number, from a partner's server, are there already; others are Refused.
    """
    newest = AgreementVersionRow.objects.filter(agreement_id=terms.id).order_by("-version").first()
    if newest is not None and terms.sides != (newest.sending, newest.receiving):
        raise Refused("parties_changed", "The parties of an agreement stay. Make a new agreement for others.")
    if terms.version > (newest.version if newest else 0) + 1:
        raise Refused(
            "version_gap", "Version {version} is the newest one here.", version=newest.version if newest else 0
        )
    version, created = keep_version(replace(terms, status=str(Status.DRAFT)), now)
    if not created:
        if actor.person_id is None and version.sha256 == terms_sha256(terms.as_json()):
            return version
        raise Refused("version_immutable", "This version was sent meanwhile. Start from the newest one.")
    if was_in_force(version.agreement_id):
        check_begin(version.valid_from, (sent or now).date(), reason)
    begins = min(now.date(), version.valid_from)
    move(actor, version, Status.DRAFT, f"written by {written_by}", now, effective=begins)
    said = f"sent to the other party; it begins before: {reason}" if reason else "sent to the other party"
    move(actor, version, to, said, now)
    outbox.publish(AgreementSent(version.agreement_id, version.version, party_of(actor, version), version.id), now=now)
    _supersede_open(actor, version, now)
    return version


@transaction.atomic
def import_recognition(*, actor: Actor, draft_id: UUID, table: str, dry_run: bool, now: datetime) -> dict[str, Any]:
    """Take the recognition rows of a CSV table instead of the draft's; Unusable, naming the lines, if one is wrong."""
    row = _locked_draft(actor, draft_id)
    found = recognition_from_csv(table)
    if found.errors:
        told = tuple(f"line {line}: {what}" for line, what in found.errors[:50])
        raise Unusable("table_unusable", "Some rows cannot be used; nothing was changed.", told)
    before = len(draft_of(row).terms.recognition)
    if not dry_run:
        document = {**row.document, "recognition": list(found.rows)}
        save_draft(actor=actor, draft_id=draft_id, document=document, revision=row.revision, now=now)
    return {"rows": len(found.rows), "instead_of": before, "saved": not dry_run}


@transaction.atomic
def drop_draft(*, actor: Actor, draft_id: UUID, now: datetime) -> None:
    """Give a draft up; it stays on the trail."""
    row = _locked_draft(actor, draft_id)
    row.dropped_at = now
    row.save(update_fields=["dropped_at"])
    after = {"owner": row.owner, "document": row.document}
    trail.record(actor=actor, verb="drop_draft", subject=subject_of(row.agreement_id), now=now, after=_exact(after))


def _locked_draft(actor: Actor, draft_id: UUID) -> AgreementDraftRow:
    row = AgreementDraftRow.objects.select_for_update().filter(id=draft_id, sent_at=None, dropped_at=None).first()
    if row is None or not may_start_agreement(actor, row.owner):
        raise NotFound("draft_unknown", "There is no such draft of your institution. It may have been sent.")
    return row


def _supersede_open(actor: Actor, version: AgreementVersionRow, now: datetime) -> None:
    """A newer proposal ends the ones in review."""
    earlier = AgreementVersionRow.objects.select_for_update().filter(
        agreement_id=version.agreement_id, version__lt=version.version
    )
    for before in earlier:
        if standing_of(before) in (Status.PARTNER_REVIEW, Status.APPROVED):
            move(actor, before, Status.SUPERSEDED, f"version {version.version} was proposed", now)


def _name_for(terms: Agreement) -> str:
    sides = [side for side in (terms.receiving, terms.sending) if side and (side.institution or side.program)]
    words = [f"{side.institution or ''} {side.program or ''}" for side in sides]
    if len(words) < 2:
        raise Unusable("parties_missing", "Name both institutions and both programs.")
    name = slugify(f"{words[0]} from {words[1]}")[:100]
    taken = AgreementVersionRow.objects.filter(agreement_id=name).exists()
    return f"{name}-{str(new_id())[-6:]}" if taken else name


def _exact(value: Any) -> Any:
    """The same with numbers that are not whole as text: the trail holds no floats."""
    if isinstance(value, Mapping):
        return {key: _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    return str(value) if isinstance(value, float) else value
