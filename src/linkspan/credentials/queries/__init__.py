"""Reads of credentials, awards, completion, status lists and the log."""

from linkspan.credentials.queries.certificates import (
    achievement_picture,
    badge_picture,
    certificate,
    linkedin_url,
    verify_url,
)
from linkspan.credentials.queries.completions import completions_of, program_completion, program_completions, result_of
from linkspan.credentials.queries.federation import entity_statement
from linkspan.credentials.queries.held import (
    award_of,
    being_signed,
    being_signed_at,
    credential,
    credentials_of,
    degrees_held,
    holders,
    issued,
    refused_awards,
    revoked_before,
    takes_four_eyes,
    ties,
    waiting_awards,
)
from linkspan.credentials.queries.kept import given_credentials, host_profile, kept_credential, kept_credentials
from linkspan.credentials.queries.listed import ISSUED, IssuedLine, issued_at, issued_here, issued_lines, issued_to
from linkspan.credentials.queries.lists import (
    PURPOSES,
    judge,
    judge_all,
    status_list,
    status_list_tag,
    status_list_url,
    status_lists,
    status_token,
)
from linkspan.credentials.queries.log import log_consistency, log_controllers, log_entries, log_head, log_receipt
from linkspan.credentials.queries.places import selective_metadata, selective_type, wallet_places
from linkspan.credentials.queries.policies import DatedPolicy, ProgramGrading, graded_programs, program_grading
from linkspan.credentials.queries.waiting import waits
from linkspan.credentials.queries.wallets import credential_names, opening_keys, presentation, presentations

__all__ = [
    "ISSUED",
    "PURPOSES",
    "DatedPolicy",
    "IssuedLine",
    "ProgramGrading",
    "achievement_picture",
    "award_of",
    "badge_picture",
    "being_signed",
    "being_signed_at",
    "certificate",
    "completions_of",
    "credential",
    "credential_names",
    "credentials_of",
    "degrees_held",
    "entity_statement",
    "given_credentials",
    "graded_programs",
    "holders",
    "host_profile",
    "issued",
    "issued_at",
    "issued_here",
    "issued_lines",
    "issued_to",
    "judge",
    "judge_all",
    "kept_credential",
    "kept_credentials",
    "linkedin_url",
    "log_consistency",
    "log_controllers",
    "log_entries",
    "log_head",
    "log_receipt",
    "opening_keys",
    "presentation",
    "presentations",
    "program_completion",
    "program_completions",
    "program_grading",
    "refused_awards",
    "result_of",
    "revoked_before",
    "selective_metadata",
    "selective_type",
    "status_list",
    "status_list_tag",
    "status_list_url",
    "status_lists",
    "status_token",
    "takes_four_eyes",
    "ties",
    "verify_url",
    "waiting_awards",
    "waits",
    "wallet_places",
]
