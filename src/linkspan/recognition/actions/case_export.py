"""A case leaves for an auditor: what was decided, by which terms and rules, on what evidence, and who did what."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import log_audit
from linkspan.admissions.queries import (
    appeals_of,
    application,
    match_runs,
    papers_as_evidence,
    readings_as_evidence,
    told_of,
)
from linkspan.admissions.rules import Application, may_export_case
from linkspan.kernel import audit as trail
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.ids import number_of
from linkspan.kernel.jsonable import jsonable
from linkspan.pathways.queries import replayed_audit, version_detail
from linkspan.recognition.queries.evidence import credit_as_evidence, credit_told_of
from linkspan.recognition.rules.case_export import CaseFileOut, packed

SYSTEM = system_actor("recognition")
LONGEST_REASON = 1000


@transaction.atomic
def export_case(*, actor: Actor, application_id: UUID, reason: str, now: datetime) -> CaseFileOut:
    """The case of an application as one zip, for auditors; why it was taken stands on the trail.

    The learner reads in their log that it left. Unusable without a reason.
    """
    permit(may_export_case(actor), "take a case out of the system")
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON:
        raise Unusable(
            "reason_missing", "Write why the case is exported, in up to {most} characters.", most=LONGEST_REASON
        ).at("reason")
    found = application(actor, application_id)
    school = found.round.institution
    files, missing = _files(actor, found), list[str]()
    for number, (paper, content) in enumerate(papers_as_evidence(SYSTEM, found), 1):
        name = f"papers/{number:02}-{paper.kind}.{paper.ending}"
        told = {"kind": paper.kind, "what": paper.what, "name": paper.name, "sha256": paper.sha256, "at": paper.at}
        if content is None:
            missing.append(name)
        else:
            files[name] = content
        files[f"papers/{number:02}-{paper.kind}.json"] = _json(told)
    log_audit(actor=actor, learner_id=found.learner_id, institution=school, now=now)
    trail.record(
        actor=actor,
        verb="export_case",
        subject=f"admissions.application:{found.id}",
        now=now,
        after={"files": len(files)},
        why=why,
        institution=school,
    )
    files["trail.json"] = _json(trail.as_evidence(told_of(SYSTEM, found) | credit_told_of(SYSTEM, found.id)))
    called = number_of(found.id)
    head = {"application": called, "exported_by": actor.name, "exported_at": now.isoformat(), "why": why}
    return CaseFileOut(f"case-{called}.zip", packed(files, head | {"missing": missing}))


def _files(actor: Actor, found: Application) -> dict[str, bytes]:
    """The facts of a case, each as one file."""
    replay = replayed_audit(SYSTEM, found.audit_id)
    version = version_detail(actor, replay.stored.agreement_id, replay.stored.version)
    terms = {"sha256": version.sha256, "document": version.document, "moves": version.moves}
    return {
        "application.json": _json({"application": found, "appeals": appeals_of(SYSTEM, found.id)}),
        "agreement.json": _json(terms | {"approvals": version.approvals}),
        "record.json": _json(replay.stored.record),
        "audit.json": _json(_stored(replay.stored.result, replay.stored.on)),
        "replay.json": _json(replay.as_json()),
        "matchings.json": _json(match_runs(found.round.intake_id)),
        "readings.json": _json(readings_as_evidence(SYSTEM, found)),
        "credit.json": _json(credit_as_evidence(SYSTEM, found.id)),
    }


def _stored(result: Mapping[str, Any], on: object) -> dict[str, Any]:
    return {"judged_on": on, "result": result}


def _json(value: object) -> bytes:
    return json.dumps(jsonable(value, documents=True), ensure_ascii=False, indent=1).encode()
