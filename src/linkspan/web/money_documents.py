"""Invoices, receipts and credit notes: issued on a page of the charge, downloaded as PDF."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from linkspan.finance import actions, queries
from linkspan.finance.engines.document_pdf import document_pdf
from linkspan.finance.rules import DocumentKind, MoneyDocument
from linkspan.kernel import written
from linkspan.kernel.request import Request
from linkspan.web.pages import done, post_only, signed_in

TITLES: Mapping[DocumentKind, Promise] = {
    DocumentKind.INVOICE: gettext_lazy("Invoice"),
    DocumentKind.RECEIPT: gettext_lazy("Receipt"),
    DocumentKind.CREDIT_NOTE: gettext_lazy("Credit note"),
}


@post_only
@signed_in
def issue(request: Request, charge_id: UUID) -> HttpResponse:
    """Issue the documents of a charge that are due; those that are issued stay as they are."""
    actions.issue_documents(actor=request.actor, charge_id=charge_id, now=request.now)
    own = any(one.id == charge_id for one in queries.charges_of(request.actor, request.actor.own_id))
    return done(request, _("The documents are ready."), "money-pay" if own else "charge_desk-one", charge_id)


@signed_in
def pdf(request: Request, document_id: UUID) -> HttpResponse:
    """A document as a tagged PDF, in the language in which it was issued."""
    found = queries.money_document(request.actor, document_id)
    answer = HttpResponse(document_pdf(told_of(found)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return answer


def told_of(one: MoneyDocument) -> dict[str, object]:
    """What the PDF says."""
    language = one.language.split("-")[0] or "en"
    with override(language):
        facts = [
            (_("Number"), one.number),
            (_("Date"), written.day(one.issued_on)),
            (_("Reference"), one.reference),
            (_("Pay by"), written.day(one.due) if one.due else ""),
            (_("Paid"), written.day(one.paid_on) if one.paid_on else ""),
            (_("Corrects"), one.corrects),
            (_("Account"), f"{one.account} {one.bank}".strip() if one.due else ""),
        ]
        notes = [*(one.instructions.splitlines() if one.due else ()), one.reason]
        return {
            "lang": language,
            "title": f"{TITLES[one.kind]} {one.number}",
            "issuer": one.issuer,
            "address": one.issuer_address.splitlines(),
            "to": _("To"),
            "payer": one.payer or _("A learner"),
            "facts": [list(fact) for fact in facts if fact[1]],
            "header": [_("What for"), _("Amount")],
            "lines": [[line.title, line.amount.in_words(language)] for line in one.lines],
            "total": [_("Total"), one.total.in_words(language)],
            "notes": [note for note in notes if note],
        }
