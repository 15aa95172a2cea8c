"""Pathways: the open network, and the caller's audits."""

from datetime import date
from typing import Any
from uuid import UUID

from linkspan.api.answers import Router
from linkspan.api.documents import Agreement, Audit
from linkspan.api.once import Posted
from linkspan.kernel.request import Request
from linkspan.pathways import queries
from linkspan.pathways.queries import Differing, differing_audits
from linkspan.pathways.rules import RECORD, as_agreement, audit_record, check_record_shape, strangers
from linkspan.records.queries import learner_record
from linkspan.screens.replay import ReplayScreen, replay_screen

router = Router()


class AuditIn(Posted):
    """A record and an agreement, in the published formats."""

    record: dict[str, Any]
    agreement: dict[str, Any]


@router.get("/agreements", auth=None, operation_id="list_agreements")
def list_agreements(request: Request, on: date | None = None) -> list[Agreement]:
    """Every agreement in the version of a day, in the published format."""
    return [agreement.document for agreement in queries.agreements_on(on or request.now.date())]


@router.get("/agreements/{agreement_id}", auth=None, operation_id="get_agreement")
def get_agreement(request: Request, agreement_id: str, on: date | None = None) -> Agreement:
    """One agreement in the version of a day."""
    return queries.agreement_on(agreement_id, on or request.now.date()).document


@router.get("/mine", operation_id="my_pathways")
def my_pathways(request: Request, on: date | None = None) -> list[Audit]:
    """The audit of every pathway that the caller's credentials open."""
    record = learner_record(request.actor, request.actor.own_id)
    return [answer.audit.as_json() for answer in queries.pathways_for(record, on or request.now.date())]


@router.post("/audit", auth=None, operation_id="audit")
def audit(request: Request, body: AuditIn, on: date) -> Audit:
    """What `linkspan audit` answers, for a record and an agreement that are sent along. Nothing is kept."""
    record, agreement = check_record_shape(body.record), as_agreement(body.agreement)
    strange = [found.in_words() for found in strangers(RECORD, record)]
    return audit_record(record, agreement, on).as_json() | ({"warnings": strange} if strange else {})


@router.get("/audits/differing", operation_id="differing_audits")
def differing(request: Request, institution: str) -> tuple[Differing, ...]:
    """Whose outcome at an institution would differ by the present rules; for its registrars. Nothing is changed."""
    return tuple(differing_audits(request.actor, institution))


@router.get("/audits/{uuid:audit_id}/replay", operation_id="replay_audit")
def replay(request: Request, audit_id: UUID) -> ReplayScreen:
    """A stored judgement judged again by the rules of then, for its learner, the receiving school and auditors."""
    return replay_screen(request.actor, audit_id)
