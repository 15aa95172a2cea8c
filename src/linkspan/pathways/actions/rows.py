"""Rows of versions and their moves, as the actions of this domain hold and write them."""

from datetime import date, datetime

from linkspan.kernel import audit as trail
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused
from linkspan.pathways.events import AgreementMoved
from linkspan.pathways.models import AgreementMoveRow, AgreementVersionRow
from linkspan.pathways.queries.desk import other_versions
from linkspan.pathways.queries.here import problems_here
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.life.lifecycle import Status, parties_of, terms_sha256
from linkspan.pathways.rules.life.readiness import errors_of


def subject_of(agreement_id: str) -> str:
    """What the audit trail calls an agreement."""
    return f"pathways.agreement:{agreement_id}"


def locked_version(agreement_id: str, version: int) -> AgreementVersionRow:
    """The version's row, locked; NotFound if there is none."""
    rows = AgreementVersionRow.objects.select_for_update().filter(agreement_id=agreement_id, version=version)
    row = rows.first()
    if row is None:
        raise NotFound(
            "agreement_unknown",
            "There is no version {version} of {agreement_id}.",
            version=version,
            agreement_id=agreement_id,
        )
    return row


def standing_of(row: AgreementVersionRow) -> Status:
    """The status of the newest move."""
    newest = row.moves.order_by("-at", "-id").first()
    return Status(newest.status) if newest else Status.DRAFT


def closed_until(row: AgreementVersionRow) -> date | None:
    """The last day of the teach-out, if the version was closed."""
    found: date | None = (
        row.moves.filter(status=Status.CLOSED).order_by("-at", "-id").values_list("until", flat=True).first()
    )
    return found


def keep_version(terms: Agreement, now: datetime) -> tuple[AgreementVersionRow, bool]:
    """The version's row, and whether it was made just now."""
    document = terms.as_json()
    return AgreementVersionRow.objects.get_or_create(
        agreement_id=terms.id,
        version=terms.version,
        defaults={
            "document": document,
            "sha256": terms_sha256(document),
            "sending": terms.sending.institution,
            "sending_program": terms.sending.program,
            "receiving": terms.receiving.institution,
            "valid_from": terms.valid_from,
            "valid_to": terms.valid_to,
            "recorded_at": now,
        },
    )


def move(
    actor: Actor,
    row: AgreementVersionRow,
    status: Status,
    reason: str,
    now: datetime,
    *,
    effective: date | None = None,
    until: date | None = None,
) -> None:
    """Write one move with its trail and event; in effect from today unless said otherwise."""
    from_day = effective or now.date()
    AgreementMoveRow.objects.create(
        agreement_version=row,
        status=status,
        actor_name=actor.name,
        reason=reason,
        at=now,
        effective=from_day,
        until=until,
    )
    after = {
        "version": row.version,
        "status": status,
        "sha256": row.sha256,
        "effective": from_day,
        "until": until,
    }
    trail.record(
        actor=actor, verb="move_agreement", subject=subject_of(row.agreement_id), now=now, after=after, why=reason
    )
    outbox.publish(AgreementMoved(row.agreement_id, row.version, status, reason, party_of(actor, row)), now=now)


def party_of(actor: Actor, row: AgreementVersionRow) -> str:
    """The institution for which the actor speaks in an agreement; empty if for neither or both."""
    sides = parties_of(actor, row.sending, row.receiving)
    return str(getattr(row, sides[0])) if len(sides) == 1 else ""


def check_terms(terms: Agreement, *, here: bool = False) -> None:
    """Refused if the checks find an error, beside the agreement's other versions and, if `here`, the catalogue."""
    problems = errors_of(terms.as_json(), other_versions(terms.id, terms.version))
    problems += problems_here(terms) if here else ()
    if problems:
        told = tuple(problem.in_words() for problem in problems)
        raise Refused("check_failed", "The agreement has errors: {told}", told, told=told[0])
