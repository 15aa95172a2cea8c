"""Tables of charges and the ledger."""

from linkspan.finance.models.charges import (
    ChargeRow,
    CouponRow,
    DiscountRow,
    JournalEntryRow,
    MoneyDocumentRow,
    NumberSeriesRow,
    PayeeRow,
    PaymentRow,
    PostingRow,
    RefundAskRow,
    RefundRow,
)
from linkspan.finance.models.need import (
    ExchangeRateRow,
    NeedRequestRow,
    NeedScheduleRow,
)
from linkspan.finance.models.outside import (
    BankEntryRow,
    BankFileRow,
    ProviderEventRow,
)

__all__ = [
    "BankEntryRow",
    "BankFileRow",
    "ChargeRow",
    "CouponRow",
    "DiscountRow",
    "ExchangeRateRow",
    "JournalEntryRow",
    "MoneyDocumentRow",
    "NeedRequestRow",
    "NeedScheduleRow",
    "NumberSeriesRow",
    "PayeeRow",
    "PaymentRow",
    "PostingRow",
    "ProviderEventRow",
    "RefundAskRow",
    "RefundRow",
]
