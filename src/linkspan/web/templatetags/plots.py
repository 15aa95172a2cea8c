"""Plots in pages: an image with its text, since the policy allows no style inside the page."""

import base64
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from linkspan.kernel import written

register = template.Library()


@register.simple_tag
def plot(svg: str, alt: str) -> SafeString:
    """An SVG as an image; `alt` says what it shows, and the numbers stand in the table beside it."""
    data = base64.b64encode(svg.encode()).decode()
    return format_html('<img class="chart" src="data:image/svg+xml;base64,{}" alt="{}">', data, alt)


@register.filter
def of(mapping: dict[str, object], key: str) -> object:
    """The value of a key, empty if there is none."""
    return mapping.get(key, "")


@register.filter
def places(value: Decimal | None, count: int) -> Decimal | None:
    """A number to so many decimals."""
    return None if value is None else round(value, count)


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 in percent."""
    return "" if share is None else written.grade(round(share * 100))
