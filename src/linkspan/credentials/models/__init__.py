"""Tables of credentials: issued here, and kept here of others."""

from linkspan.credentials.models.issued import (
    DECIDES,
    AlignmentRow,
    ApiCredentialRow,
    AwardPolicyRow,
    AwardRow,
    ClaimRow,
    ControllerRow,
    ControllerWatchRow,
    CredentialRow,
    GradingPolicyRow,
    HolderRow,
    LogEntryRow,
    LogRow,
    StatusEntryRow,
    StatusListRow,
)
from linkspan.credentials.models.kept import HostProfileRow, KeptCredentialRow
from linkspan.credentials.models.wallets import (
    NonceRow,
    PresentationRow,
    WalletCopyRow,
    WalletOfferRow,
    WalletTokenRow,
    WalletWaitRow,
)

__all__ = [
    "DECIDES",
    "AlignmentRow",
    "ApiCredentialRow",
    "AwardPolicyRow",
    "AwardRow",
    "ClaimRow",
    "ControllerRow",
    "ControllerWatchRow",
    "CredentialRow",
    "GradingPolicyRow",
    "HolderRow",
    "HostProfileRow",
    "KeptCredentialRow",
    "LogEntryRow",
    "LogRow",
    "NonceRow",
    "PresentationRow",
    "StatusEntryRow",
    "StatusListRow",
    "WalletCopyRow",
    "WalletOfferRow",
    "WalletTokenRow",
    "WalletWaitRow",
]
