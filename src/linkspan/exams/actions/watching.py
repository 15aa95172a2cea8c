"""Exams that a service of others watches: asked for by a version, agreed to by learners, waived by a named person."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from linkspan.accounts.queries import person_of
from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.making import draft_row, save_draft
from linkspan.exams.actions.rows import attempt_row, needed
from linkspan.exams.actions.sessions import tell_service
from linkspan.exams.engines.service_client import course_key, dashboard_url, learner_key
from linkspan.exams.models import AgreementRow, ExamVersionRow, OtherWayRow, ServiceRow, SessionRow
from linkspan.exams.queries import account_of, as_exam, service_exam_id
from linkspan.exams.rules import (
    LONGEST_KEPT,
    UNDER_WAY,
    Allowance,
    Offering,
    ServiceKind,
    Version,
    Watched,
    may_proctor,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Sentence


@transaction.atomic
def put_service(
    *,
    actor: Actor,
    code: str,
    service_id: UUID | None,
    allowed: Iterable[str] = (),
    accepts: bool = False,
    keeps_days: int = 90,
    now: datetime,
) -> Version:
    """Have the draft be watched by a service of its institution; None leaves it to our own proctors.

    `allowed` are keys of what the service may allow; `keeps_days` after the results it is asked to delete what it saw.
    """
    version = draft_row(actor, code)
    version.watched = (
        None if service_id is None else _watched(version.exam.institution, service_id, allowed, accepts, keeps_days)
    )
    told = {"service": version.watched["name"] if version.watched else None}
    return save_draft(version, actor, "put_exam_service", now, told)


def _watched(
    institution: str, service_id: UUID, allowed: Iterable[str], accepts: bool, keeps_days: int
) -> dict[str, Any]:
    row = ServiceRow.objects.filter(id=service_id, institution=institution, is_enabled=True).first()
    if row is None:
        raise Invalid({"service": Sentence("service_off", "Choose a service that is switched on.")})
    if not 1 <= keeps_days <= LONGEST_KEPT:
        raise Invalid({"keeps_days": Sentence("days_unusable", "Enter 1 to {most} days.", most=LONGEST_KEPT)})
    rules, wanted = Offering.kept(row.offering).rules, set(allowed)
    if wanted - {rule.key for rule in rules}:
        raise Invalid({"allowed": Sentence("rule_unknown", "Choose among what the service may allow.")})
    allowances = tuple(Allowance(rule.key, rule.words, rule.key in wanted) for rule in rules)
    kind = ServiceKind(row.kind)
    judges = accepts and kind is not ServiceKind.LTI  # an LTI tool gives no review that could accept anything
    told = asdict(Watched(row.id, row.name, allowances, judges, keeps_days, kind))
    return told | {"service_id": str(row.id), "allowances": [asdict(one) for one in allowances]}


@transaction.atomic
def agree_to_watching(*, actor: Actor, code: str, now: datetime) -> None:
    """Agree to how the version in force is watched; a second time changes nothing."""
    row = ExamVersionRow.objects.filter(exam_id=code, id=F("exam__in_force")).defer("bank", "seb_settings").first()
    if row is None or row.watched is None:
        raise NotFound("exam_unwatched", "No service watches this exam.")
    _, created = AgreementRow.objects.get_or_create(learner_id=actor.own_id, version=row, defaults={"at": now})
    if created:
        told = {"version": row.number, "service": row.watched["name"], "keeps_days": row.watched["keeps_days"]}
        audit.record(actor=actor, verb="agree_to_watching", subject=f"exams.exam:{code}", now=now, after=told)


@transaction.atomic
def allow_other_way(*, actor: Actor, attempt_id: UUID, reason: str, now: datetime) -> None:
    """Let an attempt go on without its service, with a reason: a proctor of ours does what it would have done.

    The same again changes nothing. What the service says later of it is refused.
    """
    row = attempt_row(attempt_id)
    exam = as_exam(row.version)
    permit(may_proctor(actor, exam, row.learner_id), "let this exam be sat another way")
    if exam.watched is None:
        raise Refused("exam_unwatched", "No service watches this exam.")
    if row.state not in UNDER_WAY:
        raise Refused("attempt_not_running", "This attempt is not running.")
    why = needed(reason)
    fields = {"learner_id": row.learner_id, "reason": why, "given_by": actor.name, "at": now}
    _, created = OtherWayRow.objects.get_or_create(attempt=row, defaults={**fields, "given_by_id": actor.person_id})
    if created:
        subject = f"exams.attempt:{row.id}"
        audit.record(actor=actor, verb="allow_other_way", subject=subject, now=now, why=why)
        tell_service(row, now)


@transaction.atomic
def open_dashboard(*, actor: Actor, attempt_id: UUID, now: datetime) -> str:
    """Where the actor sees at the service what it recorded of an attempt: good for a minute, and noted."""
    row = attempt_row(attempt_id)
    exam = as_exam(row.version)
    permit(may_proctor(actor, exam, row.learner_id), "see what was recorded here")
    held = SessionRow.objects.filter(attempt=row).exclude(external_id="").select_related("service")
    session = held.order_by("-number").first()
    lti = session is not None and session.service.kind == ServiceKind.LTI
    if session is None or lti or exam.watched is None or not session.service.is_enabled:
        raise Refused("nothing_recorded", "The service has recorded nothing that can be opened.")
    exam_id = service_exam_id(session.service_id, row.version_id, is_practice=False)
    me = person_of(actor.own_id)
    told = {
        "course_id": course_key(exam),
        "user": {"id": learner_key(session.service_id, actor.own_id), "full_name": me.name, "email": me.email},
        "exam_id": exam_id,
        "attempt_id": session.external_id,
    }
    audit.record(actor=actor, verb="open_recording", subject=f"exams.attempt:{row.id}", now=now)
    return dashboard_url(account_of(session.service_id), told, now)
