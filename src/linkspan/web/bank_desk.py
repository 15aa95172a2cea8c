"""Bank files: a trial, taking one in, and deciding what matched no charge."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.finance import actions, queries
from linkspan.finance.queries import BankLine
from linkspan.finance.rules import BankOutcome, BankReport, Received
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.screens.lists import ListName
from linkspan.web.lists import list_page
from linkspan.web.money_words import OUTCOMES
from linkspan.web.pages import acts, done, signed_in, text, upload

#: Entries that a trial shows.
MOST_SHOWN = 200


class File(StrEnum):
    """What is done with a bank file."""

    TRY = "try"
    TAKE = "take"


class Entry(StrEnum):
    """What a person says of an entry."""

    CONFIRM = "confirm"
    RETURN = "return"
    ASIDE = "aside"


@signed_in
@acts(File)
def bank(request: Request, do: File | None = None) -> HttpResponse:
    """The entries that wait; a post tries a file, or takes it in."""
    actor = request.actor
    told: dict[str, object] = {"at": "bank", "outcomes": OUTCOMES}
    told["offices"] = sorted(actor.institutions_as("program_staff") | actor.institutions_as("registrar"))
    if do is None:
        return list_page(request, "desk/bank.html", ListName.BANK, told)
    school = text(request, "institution", 64)
    try:
        content = upload(request, "file")
        if do is File.TRY:
            found = queries.try_bank_file(actor, school, content)
        else:
            found = actions.take_bank_file(actor=actor, institution=school, content=content, now=request.now)
    except (Unusable, Refused) as error:
        shown = told | {"problem": in_words(error), "school": school}
        return list_page(request, "desk/bank.html", ListName.BANK, shown, status=error.status)
    return list_page(request, "desk/bank.html", ListName.BANK, told | _shown(found, do) | {"school": school})


def _shown(found: BankReport, do: File) -> dict[str, object]:
    rows = [(one, OUTCOMES[one.outcome]) for one in found.entries[:MOST_SHOWN]]
    counts = [(OUTCOMES[one], found.counts[one]) for one in OUTCOMES if found.counts.get(one)]
    return {"report": found, "rows": rows, "counts": counts, "tried": do is File.TRY}


@signed_in
@acts(Entry)
def entry(request: Request, entry_id: UUID, do: Entry | None = None) -> HttpResponse:
    """One entry; a post says which charge it pays, sends it back, or sets it aside."""
    if do is None:
        return _entry(request, entry_id)
    who, now, number, reason = request.actor, request.now, text(request, "number", 20), text(request, "reason", 2000)
    try:
        if do is Entry.CONFIRM:
            actions.confirm_bank_entry(actor=who, entry_id=entry_id, number=number, now=now)
        elif do is Entry.RETURN:
            actions.return_bank_entry(actor=who, entry_id=entry_id, number=number, reason=reason, now=now)
        else:
            actions.set_bank_entry_aside(actor=who, entry_id=entry_id, reason=reason, now=now)
    except NotFound:
        raise
    except (Refused, Unusable) as error:
        return _entry(request, entry_id, error)
    return done(request, _("Decided."), "bank_desk-entry", entry_id)


def _bounced(row: BankLine) -> Received | None:
    """The newest payment of the charge that an entry takes back: one of its amount that stands."""
    if row.charge_id is None or row.outcome not in (BankOutcome.REVERSED, BankOutcome.OUTGOING):
        return None
    amount = Money(abs(row.amount.minor), row.amount.currency)
    found = [one for one in queries.received(row.charge_id) if one.amount == amount and one.bounced_at is None]
    return found[-1] if found else None


def _entry(request: Request, entry_id: UUID, error: LinkspanError | None = None) -> HttpResponse:
    row = queries.bank_entry(request.actor, entry_id)
    told = {"row": row, "outcome": OUTCOMES[row.outcome], "typed": request.POST, "bounced": _bounced(row)}
    problem = in_words(error) if error else ""
    status = error.status if error else 200
    return render(request, "desk/bank_entry.html", told | {"problem": problem}, status=status)
