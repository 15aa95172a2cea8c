"""Reads of agreements, which are public."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import public
from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.queries.versions import AgreementVersion, Versions, versions_on
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.life.lifecycle import Move, Status, status_at


@public
def agreements_on(on: date) -> tuple[AgreementVersion, ...]:
    """Every agreement in the version whose period holds the day (else its nearest one), by title."""
    return tuple(sorted((found.current for found in versions_on(on)), key=lambda one: (one.receiving, one.title)))


@public
def agreement_on(agreement_id: str, on: date) -> AgreementVersion:
    """One agreement in the version whose period holds the day; NotFound if none of it is public."""
    return _versions(agreement_id, on).current


def _versions(agreement_id: str, on: date) -> Versions:
    found = versions_on(on, agreement_id)
    if not found:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    return found[0]


def agreement_version(agreement_id: str, version: int) -> AgreementVersion:
    """One version."""
    moved = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version=version)
    rows = list(moved.order_by("moves__at", "moves__id").values_list("document", "sha256", "moves__status"))
    if not rows:
        raise NotFound(
            "agreement_unknown",
            "There is no version {version} of {agreement_id}.",
            version=version,
            agreement_id=agreement_id,
        )
    document, sha256, status = rows[-1]
    return AgreementVersion(replace(Agreement.read(document), status=str(status or Status.DRAFT)), sha256)


@public
def moves_of(agreement_id: str, version: int) -> tuple[Mapping[str, Any], ...]:
    """The moves of a version, oldest first: status, who, why, when."""
    rows = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version=version)
    return tuple(
        {"status": move.status, "actor": move.actor_name, "reason": move.reason, "at": move.at}
        for row in rows
        for move in row.moves.order_by("at", "id")
    )


def status_of(row: AgreementVersionRow, on: date | None) -> str:
    """The status of a version's row on a day; the newest one if none is named."""
    held = sorted(row.moves.all(), key=lambda move: (move.at, move.id))
    moves = [Move(Status(move.status), "", "", move.at, move.effective) for move in held]
    if on is None:
        return str(moves[-1].status if moves else Status.DRAFT)
    return str(status_at(moves, None, on))
