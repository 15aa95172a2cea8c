"""Lists of the desks as pages and files: what is asked stands in the address, and a page works without scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.accounts.queries import views_of
from linkspan.accounts.rules import Office, Role, SavedView, ViewAsk
from linkspan.kernel.errors import Unusable
from linkspan.kernel.lists import MOST_AT_ONCE, Ask
from linkspan.kernel.request import Request
from linkspan.screens.lists import LISTS, Cell, Listed, ListName, ListRow, read, whole
from linkspan.web.pages import names_of, page_number
from linkspan.web.tables import csv_file
from linkspan.web.templatetags.linkspan import thing, who, words

#: The headings of columns and filters.
HEADINGS: Mapping[str, Promise] = {
    "amount": lazy("Amount"),
    "at": lazy("When"),
    "awarded": lazy("Awarded"),
    "booked": lazy("Booked"),
    "closed": lazy("Closed"),
    "conferral": lazy("Day of conferral"),
    "currency": lazy("Currency"),
    "due": lazy("Due"),
    "eligibility": lazy("Eligible"),
    "here": lazy("Here"),
    "institution": lazy("Institution"),
    "kind": lazy("Kind"),
    "name": lazy("Name"),
    "next": lazy("Next"),
    "number": lazy("Number"),
    "opened": lazy("Opened"),
    "outcome": lazy("Decision"),
    "paid": lazy("Paid"),
    "payer": lazy("Payer"),
    "place": lazy("Waiting list"),
    "platform": lazy("Platform"),
    "question": lazy("Question"),
    "reason": lazy("Reason"),
    "reference": lazy("Reference"),
    "score": lazy("Score"),
    "since": lazy("Since"),
    "sitting": lazy("Sitting"),
    "state": lazy("State"),
    "subject": lazy("To what"),
    "submitted": lazy("Submitted"),
    "there": lazy("On the platform"),
    "title": lazy("Title"),
    "track": lazy("Track"),
    "verb": lazy("What"),
    "way": lazy("Way"),
    "who": lazy("Who"),
    "why": lazy("Why"),
}
#: The title of a list, what is searched in it, and what is said while it is empty.
WORDS: Mapping[ListName, tuple[Promise, Promise, Promise]] = {
    ListName.CREDENTIALS: (
        lazy("Issued credentials"),
        lazy("Name, title, e-mail or number"),
        lazy("Nothing has been issued here yet. Credentials appear when a program is complete."),
    ),
    ListName.APPLICATIONS: (
        lazy("Applications"),
        lazy("Name, e-mail or number"),
        lazy("Nobody has applied yet."),
    ),
    ListName.ATTEMPTS: (
        lazy("Exam attempts"),
        lazy("Name, exam, e-mail or number"),
        lazy("Nobody has booked an exam here yet."),
    ),
    ListName.MARKING: (
        lazy("Answers to mark"),
        lazy("Exam or number"),
        lazy("Nothing waits. You are told by notice when an answer waits for your mark."),
    ),
    ListName.CASES: (
        lazy("Recognition cases"),
        lazy("Name, reason, e-mail or number"),
        lazy("Nothing waits. A case opens when a credential is revoked on which credit rests."),
    ),
    ListName.CREDIT: (
        lazy("Changes of credit"),
        lazy("Name, course, reason, e-mail or number"),
        lazy("Nothing was done by hand yet. Open a student's degree to post, adjust or reverse credit."),
    ),
    ListName.CONFERRALS: (
        lazy("People and their degrees"),
        lazy("Name, degree, e-mail or number"),
        lazy("No degree was conferred yet. Prepare a list of those who have completed one."),
    ),
    ListName.ROSTER: (
        lazy("Learners"),
        lazy("Name, e-mail or number"),
        lazy("Nobody is enrolled yet. Enrol learners on this page."),
    ),
    ListName.TRAIL: (
        lazy("Audit trail"),
        lazy("Person, act, thing, reason or number"),
        lazy("Nothing has been done here yet."),
    ),
    ListName.CHARGES: (
        lazy("Charges"),
        lazy("Name, e-mail, number, amount or reference"),
        lazy("Nothing has been charged here yet. A charge appears when somebody enrols, books an exam or applies."),
    ),
    ListName.PAYMENTS: (
        lazy("Payments"),
        lazy("Name, e-mail, number, amount or reference"),
        lazy("Nothing has been paid here yet."),
    ),
    ListName.REFUNDS: (
        lazy("Refunds"),
        lazy("Name, e-mail, number, subject or reason"),
        lazy("Nothing has gone back yet. Give money back on the page of a charge."),
    ),
    ListName.BANK: (
        lazy("Entries of bank files"),
        lazy("Reference, payer or number"),
        lazy("No bank file was taken in yet."),
    ),
    ListName.USERNAMES: (
        lazy("Usernames"),
        lazy("Username, or whole address on the platform"),
        lazy("No file has told usernames yet. Import a grade report with the address of its platform."),
    ),
    ListName.COMPARED: (
        lazy("Learners"),
        lazy("Username"),
        lazy("The platform told of nobody, and nobody is here."),
    ),
}
#: What an address can filter by.
LIST_FIELDS = frozenset(HEADINGS) - {"since"}
NUMBERS = frozenset({"score", "place", "amount", "here", "there"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its words, the address that sorts by it, how it is sorted now, and whether it holds numbers."""

    words: Promise
    sort: str
    now: str
    number: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: its name in the address, its words, and what can be chosen."""

    name: str
    words: Promise
    among: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as a page shows it."""

    listed: Listed
    title: Promise
    hint: Promise
    empty: Promise
    headings: tuple[Heading, ...]
    choices: tuple[Choice, ...]
    names: Mapping[UUID, str]
    since: str
    until: str
    kept: str
    narrowed: bool
    first: int
    last: int
    columns: tuple[tuple[str, Promise, bool], ...] = ()
    views: tuple[SavedView, ...] = ()
    offices: tuple[Office, ...] = ()
    gone: tuple[str, ...] = ()
    view: str = ""

    @property
    def rows(self) -> tuple[ListRow, ...]:
        """The rows of this page."""
        return self.listed.rows

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the form of the search keeps as it is."""
        return (("sort", self.listed.sort),) if self.listed.sort else ()


def list_page(
    request: Request, template: str, name: ListName, told: Mapping[str, Any], of: object = "", status: int = 200
) -> HttpResponse:
    """A page with a list, or the list as a file where the address asks for one."""
    if request.GET.get("as") == "csv":
        return _file(request, name, str(of))
    views = views_of(request.actor, name)
    first = next((one for one in views if one.is_default), None)
    if first and not request.GET and request.method == "GET":
        return redirect(f"?{address_of_view(first)}")
    here = with_views(request, shown(request, name, of), views)
    return render(request, template, {**told, "list": here}, status=status)


def with_views(request: Request, here: Shown, views: tuple[SavedView, ...]) -> Shown:
    """The list with the views that its reader can choose, and what the chosen one asks that is gone."""
    chosen = next((one for one in views if str(one.id) == request.GET.get("view", "")), None)
    mine = {Office(Role(grant.role), grant.institution) for grant in request.actor.grants if grant.institution}
    return replace(
        here,
        views=views,
        offices=tuple(sorted(mine, key=lambda one: (one.institution, one.role))),
        gone=gone_from(here.listed, chosen.ask) if chosen else (),
        view=str(chosen.id) if chosen else "",
    )


def gone_from(listed: Listed, ask: ViewAsk) -> tuple[str, ...]:
    """What a view asks that its list does not offer any more, in words: such a list is shown without it."""
    filters = [
        f"{HEADINGS.get(name, name)}: {words(value)}"
        for name, value in ask.filters.items()
        if value not in listed.filters.get(name, ())
    ]
    columns = {ask.sort.removeprefix("-") if ask.sort.removeprefix("-") not in listed.sorts else "", *ask.columns}
    gone = sorted(columns - {""} - set(listed.every))
    return (*filters, *(str(HEADINGS.get(name, name)) for name in gone))


def address_of_view(one: SavedView) -> str:
    """What the address of a list says to show a view."""
    ask = one.ask
    said = {**ask.filters, "since": ask.since, "until": ask.until, "sort": ask.sort, "cols": ".".join(ask.columns)}
    return urlencode({"q": ask.text, **{name: value for name, value in said.items() if value}, "view": str(one.id)})


def shown(request: Request, name: ListName, of: object = "") -> Shown:
    """The list as the address asks for it; the names in it are read and logged as in every list."""
    one = LISTS[name](str(of))
    listed = read(request.actor, one, asked(request, one.start), _columns(request))
    return shown_again(request, listed, _kept(request, listed))


def shown_again(request: Request, listed: Listed, kept: Mapping[str, str] | None = None) -> Shown:
    """A page of a list that was read, with the names of the people in it."""
    title, hint, empty = WORDS[listed.name]
    kept = kept or {}
    first = (listed.number - 1) * listed.size
    return Shown(
        listed=listed,
        title=title,
        hint=hint,
        empty=empty,
        headings=tuple(_heading(column, listed, kept) for column in listed.columns),
        choices=tuple(_choice(one, among, listed) for one, among in listed.filters.items()),
        names=names_of(request, _people(listed), at=listed.at),
        since=kept.get("since", ""),
        until=kept.get("until", ""),
        kept=urlencode(kept),
        narrowed=bool(listed.text or listed.chosen or "since" in kept or "until" in kept),
        first=first + 1,
        last=first + len(listed.rows),
        columns=tuple((one, HEADINGS[one], one in listed.columns) for one in listed.every),
    )


def asked(request: Request, start: Mapping[str, str] | None = None) -> Ask:
    """What the address asks of a list; what makes no sense is not asked."""
    given = request.GET
    chosen = {name: str(value) for name, value in given.items() if name in HEADINGS}
    since, until = _day(given.get("since", "")), _day(given.get("until", ""))
    return Ask(
        text=given.get("q", "")[:200],
        filters=chosen if given.keys() & {"q", "since", "until", *HEADINGS} else start or {},
        sort=given.get("sort", ""),
        number=page_number(request),
        since=_begin(request, since) if since else None,
        until=_begin(request, until + timedelta(days=1)) if until and until < date.max else None,
    )


def _columns(request: Request) -> list[str]:
    """The columns that the address or the form names."""
    return [*request.GET.getlist("col"), *request.GET.get("cols", "").split(".")][:50]


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _begin(request: Request, day: date) -> datetime:
    """When a day begins for the reader."""
    return datetime.combine(day, time(), ZoneInfo(getattr(request.user, "time_zone", "") or "UTC"))


def _kept(request: Request, listed: Listed) -> dict[str, str]:
    """What the address says of the list but its page, as the list understood it."""
    days = {name: day.isoformat() for name in ("since", "until") if (day := _day(request.GET.get(name, "")))}
    kept = {"q": listed.text, **listed.chosen, **(days if listed.by_day else {}), "sort": request.GET.get("sort", "")}
    if listed.columns != listed.every:
        kept["cols"] = ".".join(listed.columns)
    return {name: value for name, value in kept.items() if value}


def _heading(column: str, listed: Listed, kept: Mapping[str, str]) -> Heading:
    words_, number = HEADINGS[column], column in NUMBERS
    if column not in listed.sorts:
        return Heading(words_, "", "", number)
    up = listed.sort == column
    now = "ascending" if up else "descending" if listed.sort == f"-{column}" else ""
    return Heading(words_, urlencode({**kept, "sort": f"-{column}" if up else column}), now, number)


def _choice(name: str, among: tuple[str, ...], listed: Listed) -> Choice:
    return Choice(name, HEADINGS[name], among, listed.chosen.get(name, ""))


def _people(listed: Listed) -> set[UUID]:
    return {cell.person for row in listed.rows for cell in row.cells if cell.person}


def _file(request: Request, name: ListName, of: str) -> HttpResponse:
    """All that was found, as a CSV file."""
    one = LISTS[name](of)
    listed = read(request.actor, one, whole(asked(request, one.start), MOST_AT_ONCE), _columns(request))
    if listed.over or listed.total > MOST_AT_ONCE:
        told = {"most": MOST_AT_ONCE}
        raise Unusable("list_too_long", _("A file holds at most %(most)d rows. Search or filter for fewer.") % told)
    names = names_of(request, _people(listed), at=listed.at)
    header = [str(HEADINGS[column]) for column in listed.columns]
    rows = (
        [_plain(cell, column, names) for cell, column in zip(row.cells, listed.columns, strict=True)]
        for row in listed.rows
    )
    return csv_file(f"{name}.csv", header, rows)


def _plain(cell: Cell, column: str, names: Mapping[UUID, str]) -> object:
    """A value for a spreadsheet."""
    if cell.person:
        return names.get(cell.person, "")
    if at := cell.at or cell.day:
        return at.isoformat()
    if cell.money is not None:
        return cell.money.in_whole()
    if cell.number is not None:
        return cell.number
    parts = [in_words(cell, column), cell.text if cell.code else ""]
    return " ".join(part for part in parts if part)


def in_words(cell: Cell, column: str) -> str:
    """The words of a code, or the text; whoever acted is called as people call them."""
    if cell.code:
        return thing(cell.code) if column == "subject" else words(cell.code)
    return who(cell.text) if column == "who" else cell.text
