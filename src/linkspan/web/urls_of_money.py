"""Every address of charges, payments and refunds; `urls` has them all."""

from django.urls import path

from linkspan.web import bank_desk, charge_desk, money, money_desk, money_documents, need_desk, refund_desk

MONEY = [
    path("pay/", money.mine),
    path("pay/<uuid:charge_id>/", money.pay),
    path("pay/<uuid:charge_id>/documents/", money_documents.issue),
    path("pay/documents/<uuid:document_id>/", money_documents.pdf),
    path("payments/stripe/", money.stripe_event),
    path("aid/", money.aid),
    path("aid/<uuid:request_id>/document/", money.aid_document),
    path("desk/money/", money_desk.desk),
    path("desk/money/charges/", charge_desk.charges),
    path("desk/money/charges/<uuid:charge_id>/", charge_desk.one),
    path("desk/money/charges/<uuid:charge_id>/reopen/", charge_desk.reopen),
    path("desk/money/charges/<uuid:charge_id>/refund/", refund_desk.refund),
    path("desk/money/payments/", charge_desk.payments),
    path("desk/money/refunds/", refund_desk.refunds),
    path("desk/money/refunds/asked/<uuid:ask_id>/", refund_desk.decide),
    path("desk/money/refunds/<uuid:refund_id>/", refund_desk.undelivered),
    path("desk/money/bank/", bank_desk.bank),
    path("desk/money/bank/<uuid:entry_id>/", bank_desk.entry),
    path("desk/money/payees/<str:school>/", charge_desk.payee),
    path("desk/money/schedules/<str:school>/", need_desk.schedule),
    path("desk/money/need/<uuid:request_id>/", money_desk.decide),
]
