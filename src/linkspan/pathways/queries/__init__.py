"""Reads of agreements and audits. Agreements are public; audits are the learner's and the parties'."""

from linkspan.pathways.queries.agreements import agreement_on, agreement_version, agreements_on, moves_of, status_of
from linkspan.pathways.queries.audits import Differing, differing_audits, differing_page
from linkspan.pathways.queries.batch import batch_run
from linkspan.pathways.queries.desk import (
    Comment,
    Draft,
    Version,
    comments_on,
    draft,
    institutions_of,
    own_drafts,
    own_versions,
    policies_for,
    problems_beside,
    status_as_recorded,
    version_detail,
    versions_of,
    versions_to_approve,
    was_in_force,
)
from linkspan.pathways.queries.exchange import (
    Carried,
    channels,
    exchange_document,
    messages_of,
    own_identity,
    partners_of,
    snapshot,
)
from linkspan.pathways.queries.here import missing_here
from linkspan.pathways.queries.holds import HeldCase, held_back, holds_here, holds_on, waiting_holds
from linkspan.pathways.queries.impact import ImpactReport, impact_reports
from linkspan.pathways.queries.network import (
    AdmissionCourse,
    NetworkRow,
    PathwayAnswer,
    admission_courses,
    network_on,
    pathways_for,
)
from linkspan.pathways.queries.plans import (
    deadlines_of,
    feed_owner,
    feed_token,
    plan,
    plans_of,
    saved_pathways,
    shared_plan,
    watched_agreements,
)
from linkspan.pathways.queries.steps import steps_for
from linkspan.pathways.queries.stored import (
    MANY,
    audit_in_sentences,
    audits_of,
    judged_on,
    replayed_audit,
    stored_audit,
    stored_audits,
)
from linkspan.pathways.queries.versions import AgreementVersion
from linkspan.pathways.queries.waiting import waits
from linkspan.pathways.queries.widget import widget_hosts
from linkspan.pathways.rules.audit.replaying import StoredAudit

__all__ = [
    "MANY",
    "AdmissionCourse",
    "AgreementVersion",
    "Carried",
    "Comment",
    "Differing",
    "Draft",
    "HeldCase",
    "ImpactReport",
    "NetworkRow",
    "PathwayAnswer",
    "StoredAudit",
    "Version",
    "admission_courses",
    "agreement_on",
    "agreement_version",
    "agreements_on",
    "audit_in_sentences",
    "audits_of",
    "batch_run",
    "channels",
    "comments_on",
    "deadlines_of",
    "differing_audits",
    "differing_page",
    "draft",
    "exchange_document",
    "feed_owner",
    "feed_token",
    "held_back",
    "holds_here",
    "holds_on",
    "impact_reports",
    "institutions_of",
    "judged_on",
    "messages_of",
    "missing_here",
    "moves_of",
    "network_on",
    "own_drafts",
    "own_identity",
    "own_versions",
    "partners_of",
    "pathways_for",
    "plan",
    "plans_of",
    "policies_for",
    "problems_beside",
    "replayed_audit",
    "saved_pathways",
    "shared_plan",
    "snapshot",
    "status_as_recorded",
    "status_of",
    "steps_for",
    "stored_audit",
    "stored_audits",
    "version_detail",
    "versions_of",
    "versions_to_approve",
    "waiting_holds",
    "waits",
    "was_in_force",
    "watched_agreements",
    "widget_hosts",
]
