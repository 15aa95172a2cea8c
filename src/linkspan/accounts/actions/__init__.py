"""What is done to accounts, roles, identity evidence, consent and systems."""

from linkspan.accounts.actions.clients import (
    admit_api_client,
    register_api_client,
    revoke_api_client,
)
from linkspan.accounts.actions.erasing import erase_from_trail
from linkspan.accounts.actions.people import (
    change_preferences,
    check_identity,
    give_consent,
    grant_role,
    log_disclosure,
    log_transfer,
    open_account,
    open_accounts,
    open_identity_document,
    revoke_consent,
    revoke_role,
    submit_identity,
    take_over_consent,
)
from linkspan.accounts.actions.reading import read_people, read_person

__all__ = [
    "admit_api_client",
    "change_preferences",
    "check_identity",
    "erase_from_trail",
    "give_consent",
    "grant_role",
    "log_disclosure",
    "log_transfer",
    "open_account",
    "open_accounts",
    "open_identity_document",
    "read_people",
    "read_person",
    "register_api_client",
    "revoke_api_client",
    "revoke_consent",
    "revoke_role",
    "submit_identity",
    "take_over_consent",
]
