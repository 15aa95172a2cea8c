"""Tables of people, their roles, consents and accounts, and of systems by which they come in."""

from linkspan.accounts.models.applications import (
    ApplicationRow,
    ConnectionRow,
    ConnectionTokenRow,
    OpenIdKeyRow,
    PushedRequestRow,
    UsedProofRow,
)
from linkspan.accounts.models.notes import NoteRow
from linkspan.accounts.models.people import (
    AccessReviewRow,
    Consent,
    DeletionRow,
    Disclosure,
    IdentityCheck,
    InvitationRow,
    MergeRow,
    RoleGrant,
    User,
    UserManager,
)
from linkspan.accounts.models.provisioning import (
    ScimGroupRow,
    ScimMappingRow,
    ScimMemberRow,
    ScimTokenRow,
    ScimUserRow,
)
from linkspan.accounts.models.systems import (
    ApiClientRow,
    IdentityProviderRow,
    InstitutionSignInRow,
    ProviderMessageRow,
    UsedAssertion,
)
from linkspan.accounts.models.tokens import PersonTokenRow
from linkspan.accounts.models.views import (
    SavedViewRow,
)

__all__ = [
    "AccessReviewRow",
    "ApiClientRow",
    "ApplicationRow",
    "ConnectionRow",
    "ConnectionTokenRow",
    "Consent",
    "DeletionRow",
    "Disclosure",
    "IdentityCheck",
    "IdentityProviderRow",
    "InstitutionSignInRow",
    "InvitationRow",
    "MergeRow",
    "NoteRow",
    "OpenIdKeyRow",
    "PersonTokenRow",
    "ProviderMessageRow",
    "PushedRequestRow",
    "RoleGrant",
    "SavedViewRow",
    "ScimGroupRow",
    "ScimMappingRow",
    "ScimMemberRow",
    "ScimTokenRow",
    "ScimUserRow",
    "UsedAssertion",
    "UsedProofRow",
    "User",
    "UserManager",
]
