"""Intakes and their programs' rounds are opened, and each program's list is certified by its institution."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import locked_round
from linkspan.admissions.models import IntakeRow, RoundRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.rules.applications import Mode, Round, may_admit, may_open_round
from linkspan.admissions.rules.intakes import check_round
from linkspan.admissions.rules.scores import Better
from linkspan.admissions.rules.seats import seat_terms
from linkspan.admissions.rules.seeds import NONCE_BYTES, SEED_BITS, commitment
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.pathways.queries import agreement_on


@transaction.atomic
def open_intake(
    *,
    actor: Actor,
    coordinator: str,
    title: str,
    term: str,
    answer_by: datetime | None,
    now: datetime,
    seed: int | None = None,
) -> UUID:
    """Open an intake that programs of several institutions join; the same title and term again gives the one there is.

    `answer_by` is when offers that nobody answered lapse. The seed of the lottery is drawn here and published by its
    hash; only the system, loading a world, brings one.
    """
    permit(may_open_round(actor, coordinator), "open rounds here")
    title, term = _named(title, "title", 200), _named(term, "term", 64)
    if answer_by is not None and answer_by <= now:
        raise Unusable("round_unusable", "The day until which offers are open is over already.")
    sealed = _sealed(actor, seed)
    row, created = IntakeRow.objects.get_or_create(
        coordinator=coordinator, title=title, term=term, defaults={**sealed, "answer_by": answer_by}
    )
    if created:
        after = {"title": title, "term": term, "commitment": row.seed_commitment, "answer_by": answer_by}
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
    now: datetime,
    intake_id: UUID | None = None,
    automatic: bool = False,
    better: Better = Better.HIGHER,
    seed: int | None = None,
) -> UUID:
    """Open a program's round under an agreement: in an intake there is, or in one of its own.

    Seats, and whether higher or lower scores are `better`, are the institution's choice for this round; ties, reserves
    and their order are the agreement's. The same term again gives the round there is. `automatic` rounds are rolling
    and stand alone: whoever meets every clause is offered a place at once, in the name of who opens the round.
    """
    agreement = agreement_on(agreement_id, opens_at.date())
    permit(may_open_round(actor, agreement.receiving), "open rounds here")
    term = _named(term, "term", 64)
    check_round(mode, seats, opens_at, closes_at, automatic=automatic, joint=intake_id is not None)
    held = RoundRow.objects.filter(agreement_id=agreement_id, term=term, cancelled_at=None).first()
    if held is not None:
        return held.id
    if intake_id is None:
        fields = {"title": agreement.title, "term": term, "coordinator": agreement.receiving}
        intake = IntakeRow.objects.create(**fields, **_sealed(actor, seed))
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
        automatic=automatic,
        better=better,
        opened_by=actor.name,
        opener_id=actor.person_id,
        **seat_terms(agreement.terms),
    )
    if intake_id is None:
        row.id = intake.id
    row.save(force_insert=True)
    after = {"agreement": agreement_id, "term": term, "seats": seats, "intake": intake.id}
    after |= {"commitment": intake.seed_commitment, "automatic": automatic, "better": better}
    audit.record(actor=actor, verb="open_round", subject=f"admissions.round:{row.id}", now=now, after=after)
    return row.id


def _sealed(actor: Actor, seed: int | None) -> Mapping[str, Any]:
    """A seed with its commitment: drawn, unless the system brings one."""
    permit(seed is None or actor.is_system, "choose the seed of a lottery: it is drawn")
    drawn = secrets.randbits(SEED_BITS) if seed is None else seed
    nonce = secrets.token_hex(NONCE_BYTES)
    return {"seed": drawn, "seed_nonce": nonce, "seed_commitment": commitment(drawn, nonce)}


def _named(given: str, what: str, longest: int) -> str:
    name = " ".join(given.split())
    if not name or len(name) > longest:
        raise Unusable(
            "round_unusable", "A round needs a {what} of up to {longest} characters.", what=what, longest=longest
        )
    return name


def _undecided(intake_id: UUID) -> IntakeRow:
    intake = IntakeRow.objects.select_for_update().filter(id=intake_id).first()
    if intake is None:
        raise NotFound("round_unknown", "There is no such round.")
    if intake.decided_at is not None:
        raise Refused("round_decided", "That intake is decided; open a round of its own.")
    return intake


@transaction.atomic
def certify_list(*, actor: Actor, round_id: UUID, now: datetime) -> Round:
    """A named person of the institution certifies a program's scores and lets the matching make offers by them."""
    row = locked_round(round_id)
    permit(may_admit(actor, row.institution), "certify this program's list")
    if row.cancelled_at is not None:
        raise Refused("round_cancelled", "This round was cancelled. See the next round.")
    if now < row.closes_at and row.mode == Mode.RANKED:
        raise Refused(
            "round_still_open", "The round is open until {closes_at}.", closes_at=format(row.closes_at, "%Y-%m-%d")
        )
    if not row.certified_by:
        row.certified_by, row.certifier_id, row.certified_at = actor.name, actor.person_id, now
        row.save(update_fields=["certified_by", "certifier_id", "certified_at"])
        audit.record(actor=actor, verb="certify_list", subject=f"admissions.round:{row.id}", now=now)
    return as_round(row)
