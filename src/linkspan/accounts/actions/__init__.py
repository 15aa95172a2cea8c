"""What is done to accounts, roles, identity evidence, consent and systems."""

from linkspan.accounts.actions.clients import admit_api_client, register_api_client, revoke_api_client
from linkspan.accounts.actions.connecting import connect_by_code, connect_own, disconnect
from linkspan.accounts.actions.deleting import ask_deletion, finish_deletions, forget_address, withdraw_deletion
from linkspan.accounts.actions.erasing import erase_by_email, erase_from_trail
from linkspan.accounts.actions.exporting import export_person
from linkspan.accounts.actions.institution_sessions import end_sign_ins_there, forget_sign_in, note_sign_in, use_message
from linkspan.accounts.actions.people import (
    change_preferences,
    check_identity,
    end_sign_ins,
    give_consent,
    log_disclosure,
    log_transfer,
    make_token,
    open_account,
    open_accounts,
    open_identity_document,
    revoke_consent,
    submit_identity,
    take_over_consent,
)
from linkspan.accounts.actions.providers import add_provider, change_provider, disable_provider, enable_provider
from linkspan.accounts.actions.reading import LEAST_LETTERS, Found, find_people, read_people, read_person
from linkspan.accounts.actions.roles import (
    accept_invitation,
    end_access,
    end_due_roles,
    grant_role,
    invite,
    join_by_invitation,
    reopen_account,
    revoke_role,
    revoke_roles,
    sign_review,
    withdraw_invitation,
)
from linkspan.accounts.actions.saml import add_saml_provider, refresh_metadata, renew_metadata
from linkspan.accounts.actions.second_factor import reset_second_factor

__all__ = [
    "LEAST_LETTERS",
    "Found",
    "accept_invitation",
    "add_provider",
    "add_saml_provider",
    "admit_api_client",
    "ask_deletion",
    "change_preferences",
    "change_provider",
    "check_identity",
    "connect_by_code",
    "connect_own",
    "disable_provider",
    "disconnect",
    "enable_provider",
    "end_access",
    "end_due_roles",
    "end_sign_ins",
    "end_sign_ins_there",
    "erase_by_email",
    "erase_from_trail",
    "export_person",
    "find_people",
    "finish_deletions",
    "forget_address",
    "forget_sign_in",
    "give_consent",
    "grant_role",
    "invite",
    "join_by_invitation",
    "log_disclosure",
    "log_transfer",
    "make_token",
    "note_sign_in",
    "open_account",
    "open_accounts",
    "open_identity_document",
    "read_people",
    "read_person",
    "refresh_metadata",
    "register_api_client",
    "renew_metadata",
    "reopen_account",
    "reset_second_factor",
    "revoke_api_client",
    "revoke_consent",
    "revoke_role",
    "revoke_roles",
    "sign_review",
    "submit_identity",
    "take_over_consent",
    "use_message",
    "withdraw_deletion",
    "withdraw_invitation",
]
