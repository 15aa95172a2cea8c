"""What is done to money. Every entry balances and is posted once."""

from linkspan.finance.actions.bank import (
    confirm_bank_entry,
    return_bank_entry,
    set_bank_entry_aside,
    take_bank_file,
)
from linkspan.finance.actions.cards import start_checkout, take_provider_event
from linkspan.finance.actions.catalogue import import_catalogue
from linkspan.finance.actions.catalogued import HELD
from linkspan.finance.actions.charges import cancel, charge, lock_charge, pay, reopen_charge, report_payment
from linkspan.finance.actions.discounts import make_coupon, use_coupon
from linkspan.finance.actions.documents import (
    issue_documents,
)
from linkspan.finance.actions.forgone import post_forgone_tuition, reverse_forgone_tuition
from linkspan.finance.actions.irreversible import REOPEN
from linkspan.finance.actions.need import appeal_need, ask_for_need, decide_need, set_rate, set_schedule
from linkspan.finance.actions.payees import set_payee
from linkspan.finance.actions.providers import card_provider
from linkspan.finance.actions.refunds import decide_refund, make_refund, refund
from linkspan.finance.actions.undelivered import (
    ask_write_off,
    decide_write_off,
    retry_refund,
    send_refund_otherwise,
)

__all__ = [
    "HELD",
    "REOPEN",
    "appeal_need",
    "ask_for_need",
    "ask_write_off",
    "cancel",
    "card_provider",
    "charge",
    "confirm_bank_entry",
    "decide_need",
    "decide_refund",
    "decide_write_off",
    "import_catalogue",
    "issue_documents",
    "lock_charge",
    "make_coupon",
    "make_refund",
    "pay",
    "post_forgone_tuition",
    "refund",
    "reopen_charge",
    "report_payment",
    "retry_refund",
    "return_bank_entry",
    "reverse_forgone_tuition",
    "send_refund_otherwise",
    "set_bank_entry_aside",
    "set_payee",
    "set_rate",
    "set_schedule",
    "start_checkout",
    "take_bank_file",
    "take_provider_event",
    "use_coupon",
]
