"""The lists of the desks: one typed description each, one read for pages and API."""

from collections.abc import Callable, Collection, Mapping

from linkspan.kernel.actor import Actor
from linkspan.kernel.lists import Ask
from linkspan.screens.lists import (
    applications,
    attempts,
    bank,
    cases,
    charges,
    compared,
    conferrals,
    credentials,
    credit,
    marking,
    payments,
    refunds,
    roster,
    trail,
    usernames,
)
from linkspan.screens.lists.listing import Cell, DeskList, Listed, ListName, ListRow, read, whole

__all__ = ["LISTS", "Cell", "DeskList", "ListName", "ListRow", "Listed", "desk_list", "read", "whole"]

#: What makes each list; `of` names the thing whose list it is, and is empty where there is one list.
LISTS: Mapping[ListName, Callable[[str], DeskList]] = {
    ListName.CREDENTIALS: credentials.described,
    ListName.APPLICATIONS: applications.described,
    ListName.ATTEMPTS: attempts.described,
    ListName.MARKING: marking.described,
    ListName.CASES: cases.described,
    ListName.CREDIT: credit.described,
    ListName.CONFERRALS: conferrals.described,
    ListName.ROSTER: roster.described,
    ListName.TRAIL: trail.described,
    ListName.CHARGES: charges.described,
    ListName.PAYMENTS: payments.described,
    ListName.REFUNDS: refunds.described,
    ListName.BANK: bank.described,
    ListName.USERNAMES: usernames.described,
    ListName.COMPARED: compared.described,
}


def desk_list(actor: Actor, name: ListName, ask: Ask, of: str = "", columns: Collection[str] = ()) -> Listed:
    """A page of a list, for whom its query lets read it."""
    return read(actor, LISTS[name](of), ask, columns)
