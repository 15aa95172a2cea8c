"""Filters of the pages: dates in the reader's zone, money, outcomes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from linkspan.kernel.money import Money

register = template.Library()

OUTCOMES = {
    "met": ("✓", "met"),
    "not_met": ("✗", "not met"),
    "unknown": ("?", "unknown: evidence is needed"),
    "passed": ("✓", "passed"),
    "failed": ("✗", "failed"),
    "not_applicable": ("–", "does not apply"),
}


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: datetime | None) -> SafeString | str:
    """A date and time in the reader's zone, with the zone named."""
    if value is None:
        return ""
    user = context["request"].user if "request" in context else None
    zone = getattr(user, "time_zone", "") or "UTC"
    local = value.astimezone(ZoneInfo(zone))
    return format_html('<time datetime="{}">{} {}</time>', value.isoformat(), f"{local:%Y-%m-%d %H:%M}", zone)


@register.filter
def money(value: Money | None) -> str:
    """An amount in the reader's language."""
    return value.in_words((get_language() or "en").split("-")[0]) if value else ""


@register.filter
def words(value: str) -> str:
    """A code as words: `in_qualification` becomes «in qualification»."""
    return gettext(str(value).replace("_", " "))


@register.simple_tag
def pill(outcome: str) -> SafeString:
    """An outcome as a sign and words, never by colour alone."""
    sign, name = OUTCOMES.get(str(outcome), ("•", str(outcome).replace("_", " ")))
    shape = '<span class="pill pill-{}"><span aria-hidden="true">{}</span> {}</span>'
    return format_html(shape, str(outcome), sign, gettext(name))
