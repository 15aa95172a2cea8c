"""What is done to agreements and audits."""

from linkspan.pathways.actions.approvals import approve_version, comment_on_version, withdraw_approval
from linkspan.pathways.actions.audits import store_audit
from linkspan.pathways.actions.drafts import drop_draft, import_recognition, save_draft, send_draft, start_draft
from linkspan.pathways.actions.impact import read_impact, report_draft_impact, report_version_impact
from linkspan.pathways.actions.plans import (
    close_feed,
    delete_plan,
    keep_pathway,
    open_feed,
    revoke_share,
    save_plan,
    share_plan,
)
from linkspan.pathways.actions.versions import move_agreement, publish_version
from linkspan.pathways.actions.widget import add_widget_host, remove_widget_host

__all__ = [
    "add_widget_host",
    "approve_version",
    "close_feed",
    "comment_on_version",
    "delete_plan",
    "drop_draft",
    "import_recognition",
    "keep_pathway",
    "move_agreement",
    "open_feed",
    "publish_version",
    "read_impact",
    "remove_widget_host",
    "report_draft_impact",
    "report_version_impact",
    "revoke_share",
    "save_draft",
    "save_plan",
    "send_draft",
    "share_plan",
    "start_draft",
    "store_audit",
    "withdraw_approval",
]
