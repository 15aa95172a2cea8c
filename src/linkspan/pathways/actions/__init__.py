"""What is done to agreements and audits."""

from linkspan.pathways.actions.approvals import approve_version, comment_on_version, withdraw_approval
from linkspan.pathways.actions.audits import store_audit
from linkspan.pathways.actions.batch import judge_slice, run_batch, start_batch
from linkspan.pathways.actions.drafts import (
    arrange_draft,
    drop_draft,
    import_recognition,
    save_draft,
    send_draft,
    start_draft,
)
from linkspan.pathways.actions.envelopes import (
    Opened,
    Wire,
    body_sha256,
    open_answer,
    open_envelope,
    partner_did,
    seal,
    send_record_to,
)
from linkspan.pathways.actions.exchange import add_partner, open_exchange
from linkspan.pathways.actions.holds import keep_holds, note_holds, release_hold
from linkspan.pathways.actions.impact import read_impact, report_draft_impact, report_version_impact
from linkspan.pathways.actions.irreversible import MOVE, of_version
from linkspan.pathways.actions.plans import (
    close_feed,
    delete_plan,
    keep_pathway,
    open_feed,
    revoke_share,
    save_plan,
    share_plan,
)
from linkspan.pathways.actions.receive import receive_message
from linkspan.pathways.actions.versions import move_agreement, publish_version
from linkspan.pathways.actions.widget import add_widget_host, remove_widget_host

__all__ = [
    "MOVE",
    "Opened",
    "Wire",
    "add_partner",
    "add_widget_host",
    "approve_version",
    "arrange_draft",
    "body_sha256",
    "close_feed",
    "comment_on_version",
    "delete_plan",
    "drop_draft",
    "import_recognition",
    "judge_slice",
    "keep_holds",
    "keep_pathway",
    "move_agreement",
    "note_holds",
    "of_version",
    "open_answer",
    "open_envelope",
    "open_exchange",
    "open_feed",
    "partner_did",
    "publish_version",
    "read_impact",
    "receive_message",
    "release_hold",
    "remove_widget_host",
    "report_draft_impact",
    "report_version_impact",
    "revoke_share",
    "run_batch",
    "save_draft",
    "save_plan",
    "seal",
    "send_draft",
    "send_record_to",
    "share_plan",
    "start_batch",
    "start_draft",
    "store_audit",
    "withdraw_approval",
]
