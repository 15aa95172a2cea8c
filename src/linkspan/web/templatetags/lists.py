"""Tags of the lists of the desks."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linkspan.accounts.rules import SavedView
from linkspan.kernel.written import day
from linkspan.screens.lists import Cell, ListRow
from linkspan.web.addresses import address
from linkspan.web.lists import Heading, Shown, address_of_view, in_words
from linkspan.web.templatetags.linkspan import moment, money, pill

register = template.Library()
OUTCOMES = frozenset({"eligibility"})


@register.simple_tag(takes_context=True)
def list_cells(context: dict[str, Any], shown: Shown, row: ListRow) -> SafeString:
    """The cells of a row; the first leads to the page of what the row is about."""
    cells = zip(row.cells, shown.listed.columns, shown.headings, strict=True)
    return format_html_join("", "{}", ((_cell(context, shown, row, at, *one),) for at, one in enumerate(cells)))


@register.simple_tag
def list_row(shown: Shown, row: ListRow) -> str:
    """What a row is called."""
    return " ".join(part for cell in row.cells[:2] if (part := _name(shown, cell)))


@register.simple_tag
def row_page(row: ListRow) -> str:
    """The address of what a row is about."""
    return address(row.about) if row.about else ""


@register.simple_tag
def view_address(one: SavedView) -> str:
    """What the address of the list says to show a view."""
    return address_of_view(one)


@register.simple_tag
def row_state(shown: Shown, row: ListRow) -> str:
    """Where the thing of a row stands."""
    cells = dict(zip(shown.listed.columns, row.cells, strict=True))
    return in_words(cells["state"], "state") if "state" in cells else ""


def _cell(
    context: dict[str, Any], shown: Shown, row: ListRow, at: int, cell: Cell, column: str, heading: Heading
) -> SafeString:
    said = _said(context, shown, cell, column)
    if at == 0 and row.about:
        there = address(row.about) + (f"?{shown.kept}" if shown.kept else "")
        said = format_html('<a href="{}">{}</a>', there, said or _("Open"))
    numeric = format_html(' class="{}"', "num") if heading.number else ""
    return format_html('<td role="cell" data-label="{}"{}>{}</td>', heading.words, numeric, said or "–")


def _said(context: dict[str, Any], shown: Shown, cell: Cell, column: str) -> SafeString | str:
    if cell.at:
        return moment(context, cell.at)
    if cell.day:
        return day(cell.day)
    if column in OUTCOMES:
        return pill(cell.code)
    if cell.money is not None:
        return money(cell.money)
    if cell.number is not None:
        return str(cell.number)
    if column == "subject":
        return format_html("{} {}", in_words(cell, column), cell.text)
    return _name(shown, cell) if cell.person else in_words(cell, column)


def _name(shown: Shown, cell: Cell) -> str:
    if cell.person:
        return shown.names.get(cell.person) or _("A learner")
    return cell.text
