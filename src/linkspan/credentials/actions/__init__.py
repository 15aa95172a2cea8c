"""What is done to credentials: prepared, approved, issued, issued again, suspended, revoked."""

from linkspan.credentials.actions.awards import (
    Decided,
    approve_awards,
    award_program,
    claim_award,
    issue_program_credential,
    prepare_again,
    prepare_awards,
    refuse_award,
    refuse_awards,
)
from linkspan.credentials.actions.batch import Progress, issue_missing
from linkspan.credentials.actions.catalogued import HELD
from linkspan.credentials.actions.checking import check_credential
from linkspan.credentials.actions.choices import (
    align,
    bind_did,
    choose_display,
    choose_shown,
    publish_grading_policy,
    set_four_eyes,
    withdraw_grading_policy,
)
from linkspan.credentials.actions.decided import lift_revocation
from linkspan.credentials.actions.degree_records import (
    claim_degree_record,
    signed_degree_record,
    withdraw_degree_record,
)
from linkspan.credentials.actions.degrees import claim_degree, clear_degree, withdraw_degree
from linkspan.credentials.actions.due import award_imported, claim_completed, claim_joined, claim_programs
from linkspan.credentials.actions.irreversible import CHANGE, REISSUE, of_several
from linkspan.credentials.actions.issue import (
    bring_up_to_date,
    claim_course_certificate,
    follow_correction,
    follow_name,
    issue_commendation,
    issue_course_certificate,
    issue_transcript,
    reissue_credential,
)
from linkspan.credentials.actions.kept import keep_credential, put_host_profile, remove_kept
from linkspan.credentials.actions.many import MOST_CHANGED, change_credentials
from linkspan.credentials.actions.presentations import ask_wallet, signed_request, take_answer, take_hidden_answer
from linkspan.credentials.actions.standing import reinstate_credential, revoke_credential, suspend_credential
from linkspan.credentials.actions.store import sign_batch
from linkspan.credentials.actions.vc_api import get_over_api, issue_over_api, set_status_over_api
from linkspan.credentials.actions.wallet_delivery import deliver_to_wallet, deliver_what_waited, hear_from_wallet
from linkspan.credentials.actions.wallets import give_nonce, offer_to_wallet, redeem_code, use_nonce
from linkspan.credentials.rules import Failure

__all__ = [
    "CHANGE",
    "HELD",
    "MOST_CHANGED",
    "REISSUE",
    "Decided",
    "Failure",
    "Progress",
    "align",
    "approve_awards",
    "ask_wallet",
    "award_imported",
    "award_program",
    "bind_did",
    "bring_up_to_date",
    "change_credentials",
    "check_credential",
    "choose_display",
    "choose_shown",
    "claim_award",
    "claim_completed",
    "claim_course_certificate",
    "claim_degree",
    "claim_degree_record",
    "claim_joined",
    "claim_programs",
    "clear_degree",
    "deliver_to_wallet",
    "deliver_what_waited",
    "follow_correction",
    "follow_name",
    "get_over_api",
    "give_nonce",
    "hear_from_wallet",
    "issue_commendation",
    "issue_course_certificate",
    "issue_missing",
    "issue_over_api",
    "issue_program_credential",
    "issue_transcript",
    "keep_credential",
    "lift_revocation",
    "of_several",
    "offer_to_wallet",
    "prepare_again",
    "prepare_awards",
    "publish_grading_policy",
    "put_host_profile",
    "redeem_code",
    "refuse_award",
    "refuse_awards",
    "reinstate_credential",
    "reissue_credential",
    "remove_kept",
    "revoke_credential",
    "set_four_eyes",
    "set_status_over_api",
    "sign_batch",
    "signed_degree_record",
    "signed_request",
    "suspend_credential",
    "take_answer",
    "take_hidden_answer",
    "use_nonce",
    "withdraw_degree",
    "withdraw_degree_record",
    "withdraw_grading_policy",
]
