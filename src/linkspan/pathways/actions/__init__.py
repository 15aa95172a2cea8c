"""What is done to agreements and audits."""

from linkspan.pathways.actions.approvals import approve_version, comment_on_version, withdraw_approval
from linkspan.pathways.actions.audits import store_audit
from linkspan.pathways.actions.drafts import drop_draft, save_draft, send_draft, start_draft
from linkspan.pathways.actions.impact import report_draft_impact, report_version_impact
from linkspan.pathways.actions.versions import move_agreement, publish_version

__all__ = [
    "approve_version",
    "comment_on_version",
    "drop_draft",
    "move_agreement",
    "publish_version",
    "report_draft_impact",
    "report_version_impact",
    "save_draft",
    "send_draft",
    "start_draft",
    "store_audit",
    "withdraw_approval",
]
