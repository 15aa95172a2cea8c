"""Intakes and their programs' rounds are opened, and each program's list is certified by its institution."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import round_row
from linkspan.admissions.models import IntakeRow, RoundRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.rules.applications import Mode, Round, may_admit, may_open_round
from linkspan.admissions.rules.intakes import check_terms
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.pathways.queries import Agreement, agreement_on
from linkspan.pathways.rules.language import check_node


@transaction.atomic
def open_intake(
    *, actor: Actor, coordinator: str, title: str, term: str, seed: int, answer_by: datetime | None, now: datetime
) -> UUID:
    """Open an intake that programs of several institutions join; the same title and term again gives the one there is.

    `answer_by` is when offers that nobody answered lapse.
    """
    permit(may_open_round(actor, coordinator), "open rounds here")
    row, created = IntakeRow.objects.get_or_create(
        coordinator=coordinator, title=title, term=term, defaults={"seed": seed, "answer_by": answer_by}
    )
    if created:
        after = {"title": title, "term": term, "seed": seed, "answer_by": answer_by}
        audit.record(actor=actor, verb="open_intake", subject=f"admissions.intake:{row.id}", now=now, after=after)
    return row.id


@transaction.atomic
def open_round(
    *,
    actor: Actor,
    agreement_id: str,
    term: str,
    mode: Mode,
    seats: int | None,
    opens_at: datetime,
    closes_at: datetime,
    seed: int,
    now: datetime,
    intake_id: UUID | None = None,
) -> UUID:
    """Open a program's round under an agreement: in an intake there is, or in one of its own.

    Ties, reserves and their order are the agreement's. The same term again gives the round there is.
    """
    agreement = agreement_on(agreement_id, opens_at.date())
    permit(may_open_round(actor, agreement.receiving), "open rounds here")
    if opens_at >= closes_at or (seats is not None and seats < 0):
        raise Unusable("round_unusable", "A round opens before it closes, and seats are not negative.")
    held = RoundRow.objects.filter(agreement_id=agreement_id, term=term).first()
    if held is not None:
        return held.id
    if intake_id is None:
        fields = {"title": agreement.title, "term": term, "coordinator": agreement.receiving, "seed": seed}
        intake = IntakeRow.objects.create(**fields)
    else:
        intake = _undecided(intake_id)
    row = RoundRow(
        intake=intake,
        agreement_id=agreement_id,
        institution=agreement.receiving,
        title=agreement.title,
        term=term,
        mode=mode,
        seats=seats,
        opens_at=opens_at,
        closes_at=closes_at,
        **_terms(agreement),
    )
    if intake_id is None:
        row.id = intake.id
    row.save(force_insert=True)
    after = {"agreement": agreement_id, "term": term, "seats": seats, "intake": intake.id, "seed": intake.seed}
    audit.record(actor=actor, verb="open_round", subject=f"admissions.round:{row.id}", now=now, after=after)
    return row.id


def _undecided(intake_id: UUID) -> IntakeRow:
    intake = IntakeRow.objects.select_for_update().filter(id=intake_id).first()
    if intake is None:
        raise NotFound("round_unknown", "There is no such round.")
    if intake.decided_at is not None:
        raise Refused("round_decided", "That intake is decided; open a round of its own.")
    return intake


def _terms(agreement: Agreement) -> Mapping[str, Any]:
    """What the agreement says on equal scores and reserved seats."""
    document = agreement.document
    ties, order = document.get("ties", "lottery"), document.get("reserve_order", "reserve_first")
    tie_break, reserves = list(document.get("tie_break") or ()), list(document.get("reserves") or ())
    check_terms(ties, tie_break, reserves, order)
    for position, reserve in enumerate(reserves):
        check_node(reserve.get("rule"), f"reserves[{position}].rule")
    return {"ties": ties, "tie_break": tie_break, "reserves": reserves, "reserve_order": order}


@transaction.atomic
def certify_list(*, actor: Actor, round_id: UUID, now: datetime) -> Round:
    """A named person of the institution certifies a program's scores and lets the matching make offers by them."""
    row = round_row(round_id)
    permit(may_admit(actor, row.institution), "certify this program's list")
    if now < row.closes_at and row.mode == Mode.RANKED:
        raise Refused("round_still_open", f"The round is open until {row.closes_at:%Y-%m-%d}.")
    if not row.certified_by:
        row.certified_by, row.certifier_id, row.certified_at = actor.name, actor.person_id, now
        row.save(update_fields=["certified_by", "certifier_id", "certified_at"])
        audit.record(actor=actor, verb="certify_list", subject=f"admissions.round:{row.id}", now=now)
    return as_round(row)
