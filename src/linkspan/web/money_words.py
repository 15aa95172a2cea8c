"""The words of money: whose turn it is at a charge, the accounts of the ledger."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linkspan.finance.rules import Account, BankOutcome, Turn

TURNS: Mapping[Turn, Promise] = {
    Turn.LEARNER_PAYS: _("The learner pays. Confirm the payment here when it has come."),
    Turn.OFFICE_CONFIRMS: _("Your office: a payment was reported. Compare it with the account, and confirm it."),
    Turn.SECOND_PERSON: _("A second person of your office: money is to go back."),
    Turn.REFUND_UNDER_WAY: _("The card provider: a refund is being sent."),
    Turn.REFUND_UNDELIVERED: _("Your office: a refund did not arrive. Send it again, in another way, or write it off."),
    Turn.NOBODY: _("Nobody: nothing is open."),
}
ACCOUNTS: Mapping[Account, Promise] = {
    Account.RECEIVABLE: _("Owed by the learner"),
    Account.CASH: _("Money at the bank or provider"),
    Account.TUITION: _("Tuition earned"),
    Account.TUITION_FORGONE: _("Tuition forgone"),
    Account.WAIVERS_GIVEN: _("Waivers given"),
    Account.DISCOUNTS: _("Discounts"),
    Account.REFUNDS_PAYABLE: _("Refunds owed to the learner"),
    Account.UNCLAIMED: _("Refunds that could not be delivered"),
    Account.UNAPPLIED: _("Received and not applied"),
}
OUTCOMES: Mapping[BankOutcome, Promise] = {
    BankOutcome.MATCHED: _("Pays its charge exactly."),
    BankOutcome.UNDERPAID: _("Less than is due. Ask for the rest, or send it back."),
    BankOutcome.OVERPAID: _("More than is due. Confirm it, and what is too much stands to be sent back."),
    BankOutcome.OTHER_CURRENCY: _("In another currency than the charge. Return it at the bank."),
    BankOutcome.PAID_ALREADY: _("The charge is paid already. Send this back."),
    BankOutcome.CLOSED: _("The charge was cancelled or refunded. Send this back."),
    BankOutcome.AMBIGUOUS: _("Names several charges. Say which one it pays."),
    BankOutcome.UNKNOWN: _("Names no charge that we know. Look for the payer, or set it aside."),
    BankOutcome.REVERSED: _("The bank took a payment back. Look at its charge, and decide there."),
    BankOutcome.OUTGOING: _("Money that left. Nothing is to be done; set it aside."),
    BankOutcome.OWN: _("A payment of your own. Another person of your office confirms it."),
}
